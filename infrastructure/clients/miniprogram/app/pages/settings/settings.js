// Language, large text, and what this phone keeps.

const care = require("../../lib/care");
const consent = require("../../lib/consent");
const reader = require("../../lib/reader");
const { choose, language, words } = require("../../lib/language");

Component({
  behaviors: [reader],
  data: { section: "settings", languages: [{ code: "zh-CN", name: "中文" }, { code: "en", name: "English" }], now: "", cleared: false },
  lifetimes: {
    attached() {
      this.setData({ now: language() });
    },
  },
  methods: {
    /** @param {WechatMiniprogram.CustomEvent} event */
    onLanguage(event) {
      choose(event.detail.value);
      this.setData({ now: language() });
      this.greet();
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onCare(event) {
      care.turn(event.detail.value);
      this.greet();
    },

    openContract() {
      wx.openPrivacyContract({});
    },

    async clear() {
      const { confirm } = await wx.showModal({ content: words().settings.clearAsk });
      if (!confirm) return;
      consent.takeBack();
      this.greet();
      this.setData({ now: language(), cleared: true });
    },
  },
});
