// Where everything begins.

const config = require("../../config");
const reader = require("../../lib/reader");
const submissions = require("../../lib/submissions");
const { choose, language } = require("../../lib/language");

Component({
  behaviors: [reader],
  data: {
    section: "home",
    waiting: false,
    embeds: Boolean(config.pagesBase),
  },
  lifetimes: {
    attached() {
      this.look();
    },
  },
  pageLifetimes: {
    show() {
      this.look();
    },
  },
  methods: {
    /** Whether an appeal was sent and never answered. */
    look() {
      this.setData({ waiting: Boolean(submissions.waiting("appeal")) });
    },

    /** @param {WechatMiniprogram.TouchEvent} event */
    go(event) {
      const { page } = event.currentTarget.dataset;
      wx.navigateTo({ url: `/pages/${page}/${page}` });
    },

    switchLanguage() {
      choose(language() === "en" ? "zh-CN" : "en");
      this.greet();
    },
  },
});
