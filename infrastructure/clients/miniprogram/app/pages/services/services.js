// The service catalogue by words; chosen for the report that asked, or to begin one.

const client = require("../../api/client");
const hand = require("../../lib/hand");
const reader = require("../../lib/reader");
const { say } = require("../../lib/language");
const { NONE } = require("../../lib/vocabulary");
const { search } = require("../../lib/search");

/** @typedef {import("../../../types/api").Schemas["ServiceEntry"]} Service */

const MOST = 60;

/** @type {Service[]} */
let services = [];
let vocabulary = NONE;

Component({
  behaviors: [reader],
  data: {
    section: "services",
    choosing: false,
    typed: "",
    /** @type {{code: string, name: string, group: string}[]} */
    shown: [],
  },
  methods: {
    /** @param {{choose?: string}} query */
    async onLoad(query) {
      this.setData({ choosing: query.choose === "1" });
      await this.load();
    },

    async load() {
      if (!this.data.consented) return;
      const list = await this.attempt(() => client.listServices());
      if (!list) return;
      services = list.services;
      vocabulary = await client.showVocabulary().catch(() => NONE);
      this.show(this.data.typed);
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onInput(event) {
      this.show(event.detail.value);
    },

    /** @param {string} typed */
    show(typed) {
      const found = search(services, typed, vocabulary).slice(0, MOST);
      this.setData({
        typed,
        shown: found.map((each) => ({ code: each.service_code, name: say(each, "name"), group: say(each, "group") })),
      });
    },

    /** @param {WechatMiniprogram.TouchEvent} event */
    choose(event) {
      const { code } = event.currentTarget.dataset;
      const service = services.find((each) => each.service_code === code);
      if (!service) return;
      hand.over("report", service);
      if (this.data.choosing) wx.navigateBack();
      else wx.navigateTo({ url: "/pages/report/report" });
    },
  },
});
