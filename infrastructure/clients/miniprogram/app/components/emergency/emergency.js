// Lines to call before anything else: always the common ones, or those that somebody's words call for, with the advice.

const config = require("../../config");

Component({
  properties: {
    numbers: { type: Array, value: config.emergencyNumbers },
    advice: String,
    words: Object,
  },
  methods: {
    /** @param {WechatMiniprogram.TouchEvent} event */
    call(event) {
      wx.makePhoneCall({ phoneNumber: event.currentTarget.dataset.number });
    },
  },
});
