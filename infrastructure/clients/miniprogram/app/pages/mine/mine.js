// The appeals of this phone, and those of a telephone number that its owner proves by a code.

const client = require("../../api/client");
const hand = require("../../lib/hand");
const kept = require("../../lib/kept");
const reader = require("../../lib/reader");
const { language, say, words } = require("../../lib/language");
const { moment } = require("../../lib/moments");
const { Refused } = require("../../api/errors");

/** @typedef {{number: string, spoken: string, key: string, about: string, survey?: string}} Row */

Component({
  behaviors: [reader],
  data: {
    section: "mine",
    /** @type {Row[]} */
    here: [],
    phone: "",
    code: "",
    /** @type {string} what the hotline said when it was asked for a code */
    asked: "",
    /** @type {string} the pass of a proven number; in memory only, for half an hour */
    pass: "",
    /** @type {Row[]} */
    found: [],
    since: "",
    next: "",
  },
  pageLifetimes: {
    show() {
      this.look();
    },
  },
  methods: {
    onLoad() {
      this.look();
    },

    look() {
      /** @type {Record<string, string>} */
      const types = words().types;
      this.setData({
        here: kept.list().map((each) => ({
          number: each.number,
          spoken: each.spoken,
          key: each.key,
          about: `${types[each.type] || ""} ${moment(each.registeredAt, language())}`,
        })),
      });
    },

    /** @param {WechatMiniprogram.TouchEvent} event */
    open(event) {
      const { number, key } = event.currentTarget.dataset;
      hand.over("progress", { number, key });
      wx.navigateTo({ url: "/pages/progress/progress" });
    },

    /** @param {WechatMiniprogram.TouchEvent} event */
    survey(event) {
      hand.over("survey", event.currentTarget.dataset.token);
      wx.navigateTo({ url: "/pages/survey/survey" });
    },

    /** @param {WechatMiniprogram.TouchEvent} event */
    async forget(event) {
      const { confirm } = await wx.showModal({ content: words().mine.forgetAsk });
      if (!confirm) return;
      kept.forget(event.currentTarget.dataset.number);
      this.look();
    },

    // ---- by telephone number

    /** @param {WechatMiniprogram.CustomEvent} event */
    onInput(event) {
      this.setData({ [event.currentTarget.dataset.name]: event.detail.value });
    },

    async askCode() {
      const phone = this.data.phone.trim();
      if (!phone) return;
      const asked = await this.attempt(() => client.askForCode(phone, language()));
      if (asked) this.setData({ asked: say(asked, "text"), code: "" });
    },

    async checkCode() {
      const [phone, code] = [this.data.phone.trim(), this.data.code.trim()];
      if (!code) return;
      const given = await this.attempt(() => client.checkCode(phone, code));
      if (!given) return;
      this.setData({ pass: given.citizen_token, code: "", found: [], next: "" });
      await this.more();
    },

    /** The first page of the number's appeals, or the next one. */
    async more() {
      const { pass, next, found } = this.data;
      const page = await this.attempt(() => client.listOwnAppeals(pass, next || undefined).catch((error) => this.lapse(error)));
      if (!page) return;
      const rows = page.appeals.map((each) => ({
        number: each.tracking_number,
        spoken: each.tracking_number_spoken,
        key: each.key,
        about: [say(each, "status"), each.service ? say(each.service, "name") : "", moment(each.registered_at, language())]
          .filter(Boolean)
          .join(" · "),
        ...(each.survey ? { survey: each.survey.token } : {}),
      }));
      this.setData({ found: [...found, ...rows], next: page.next || "", since: moment(page.since, language()) });
    },

    /** A pass that has expired leads back to the number. @param {unknown} error */
    lapse(error) {
      if (error instanceof Refused && error.code === "pass-expired") {
        this.setData({ pass: "", asked: "", found: [], next: "" });
      }
      throw error;
    },
  },
});
