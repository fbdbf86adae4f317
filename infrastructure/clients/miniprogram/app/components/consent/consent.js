// The privacy statement, before anything is sent. One tap agrees to ours and, by the button's open-type, to WeChat's.

const consent = require("../../lib/consent");

Component({
  properties: { words: Object },
  data: { refused: false },
  methods: {
    openContract() {
      wx.openPrivacyContract({});
    },
    agree() {
      consent.give();
      this.triggerEvent("given");
    },
    refuse() {
      this.setData({ refused: true });
    },
  },
});
