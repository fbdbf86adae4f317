// Report: what, where, who; then the receipt. What is typed stays on the phone until it is sent.

const client = require("../../api/client");
const hand = require("../../lib/hand");
const kept = require("../../lib/kept");
const photos = require("../../lib/photos");
const reader = require("../../lib/reader");
const submissions = require("../../lib/submissions");
const { areasOf } = require("../../lib/areas");
const { language, say, words } = require("../../lib/language");
const { appealOf, blank, mayBeConfidential, missing } = require("../../lib/report-form");
const { startOf } = require("../../lib/moments");
const { NONE, emergencyNumbers } = require("../../lib/vocabulary");
const { toWgs84 } = require("../../lib/coordinates");
const { Refused } = require("../../api/errors");

/** @typedef {import("../../../types/api").Schemas} Schemas */

let vocabulary = NONE;

const DRAFT = "draft";
/** @type {Schemas["AppealType"][]} what most people come for stands first */
const TYPES = ["complaint", "help", "report", "consultation", "suggestion"];

Component({
  behaviors: [reader],
  data: {
    section: "report",
    form: blank(),
    types: TYPES,
    mayHide: true,
    waiting: false,
    sending: false,
    serviceName: "",
    /** @type {string[]} lines to call, by what has been typed so far */
    urgent: [],
    /** @type {(Schemas["FieldSpec"] & {label: string, choices: {key: string, name: string, on: boolean}[], shown: string})[]} */
    questions: [],
    /** @type {import("../../lib/areas").Area[]} */
    areas: [],
    areaColumns: /** @type {import("../../lib/areas").Named[][]} */ ([[], []]),
    areaAt: [0, 0],
    areaName: "",
    /** @type {import("../../lib/photos").Photo[]} */
    photos: [],
    morePhotos: true,
    photoRefused: false,
    pointRefused: false,
    /** @type {Record<string, string>} */
    faults: {},
  },
  pageLifetimes: {
    show() {
      const chosen = hand.take("report");
      if (chosen) this.chooseService(chosen);
    },
    hide() {
      this.saveDraft();
    },
  },
  lifetimes: {
    detached() {
      this.saveDraft();
    },
  },
  methods: {
    onLoad() {
      const draft = wx.getStorageSync(DRAFT);
      if (draft) this.setData({ form: { ...blank(), ...draft } });
      this.setData({ waiting: Boolean(submissions.waiting("appeal")), mayHide: mayBeConfidential(this.data.form) });
      this.load();
    },

    /** Fetch what can be chosen; without it the form works all the same. */
    async load() {
      if (!this.data.consented) return;
      const { jurisdictions } = await client.listJurisdictions().catch(() => ({ jurisdictions: [] }));
      const areas = areasOf(jurisdictions, words().report);
      this.setData({ areas, areaColumns: [areas, areas[0].parts] });
      if (this.data.form.service) await this.askMore();
      vocabulary = await client.showVocabulary().catch(() => NONE);
      this.warn();
    },

    /** Show whom to call before anything is sent, as soon as the words call for it. */
    warn() {
      this.setData({ urgent: emergencyNumbers(vocabulary, this.data.form.text) });
    },

    saveDraft() {
      wx.setStorageSync(DRAFT, this.data.form);
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onInput(event) {
      const { name } = event.currentTarget.dataset;
      this.setData({ [`form.${name}`]: event.detail.value, [`faults.${name}`]: "" });
      if (name === "text") this.warn();
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onType(event) {
      this.setData({ "form.type": event.detail.value });
      this.setData({ mayHide: mayBeConfidential(this.data.form) });
    },

    // ---- the topic and its own questions

    findService() {
      wx.navigateTo({ url: "/pages/services/services?choose=1" });
    },

    /** @param {Schemas["ServiceEntry"]} service */
    async chooseService(service) {
      this.setData({ "form.service": service.service_code, "form.fields": {}, serviceName: say(service, "name") });
      await this.askMore();
    },

    clearService() {
      this.setData({ "form.service": "", "form.fields": {}, serviceName: "", questions: [] });
    },

    async askMore() {
      const service = await client.showService(this.data.form.service).catch(() => undefined);
      if (!service) return;
      const { fields } = this.data.form;
      const questions = service.fields.map((field) => ({
        ...field,
        label: say(field, "name"),
        choices: (field.values || []).map((value) => ({
          key: value.key,
          name: say(value, "name"),
          on: [fields[field.code]].flat().includes(value.key),
        })),
        shown: "",
      }));
      this.setData({ questions, serviceName: say(service, "name") });
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onAnswer(event) {
      const { code } = event.currentTarget.dataset;
      this.answer(code, event.detail.value);
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onDate(event) {
      const { code, index } = event.currentTarget.dataset;
      this.answer(code, startOf(event.detail.value));
      this.setData({ [`questions[${index}].shown`]: event.detail.value });
    },

    /**
     * @param {string} code
     * @param {string | string[]} value
     */
    answer(code, value) {
      const fields = { ...this.data.form.fields, [code]: value };
      this.setData({ "form.fields": fields, faults: { ...this.data.faults, [`fields.${code}`]: "" } });
    },

    // ---- pictures

    async addPhotos() {
      const chosen = await photos.choose(this.data.photos.length);
      this.setPhotos([...this.data.photos, ...chosen.photos]);
      this.setData({ photoRefused: chosen.refused > 0 });
    },

    /** @param {WechatMiniprogram.TouchEvent} event */
    removePhoto(event) {
      const { index } = event.currentTarget.dataset;
      this.setPhotos(this.data.photos.filter((_, at) => at !== index));
    },

    /** @param {import("../../lib/photos").Photo[]} chosen */
    setPhotos(chosen) {
      this.setData({ photos: chosen, morePhotos: chosen.length < photos.MOST });
    },

    // ---- the place

    async chooseOnMap() {
      try {
        const found = await wx.chooseLocation({});
        const address = [found.address, found.name].filter(Boolean).join(" ");
        this.setData({
          "form.point": toWgs84({ lat: found.latitude, long: found.longitude }),
          "form.address": (address || this.data.form.address).slice(0, 200),
          pointRefused: false,
        });
      } catch (error) {
        this.refusePoint(error);
      }
    },

    async takePosition() {
      try {
        const here = await wx.getLocation({ type: "wgs84" });
        this.setData({ "form.point": { lat: here.latitude, long: here.longitude }, pointRefused: false });
      } catch (error) {
        this.refusePoint(error);
      }
    },

    /** Turning back is no refusal. @param {any} error */
    refusePoint(error) {
      this.setData({ pointRefused: !/cancel/.test(error.errMsg || "") });
    },

    dropPoint() {
      this.setData({ "form.point": null });
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onAreaColumn(event) {
      const { column, value } = event.detail;
      if (column === 0) {
        this.setData({ areaColumns: [this.data.areas, this.data.areas[value].parts], areaAt: [value, 0] });
      }
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onArea(event) {
      const [first, second] = event.detail.value;
      const district = this.data.areas[first];
      const part = district.parts[second] || district.parts[0];
      const areaName = part.code ? `${district.name} ${part.name}` : part.name;
      this.setData({
        "form.district": district.code,
        "form.subdistrict": part.code,
        areaName: district.code ? areaName : "",
      });
    },

    // ---- sending

    async send() {
      if (this.data.sending) return;
      const faults = Object.fromEntries(
        missing(this.data.form, this.data.questions).map((name) => [name, words().report.needed]),
      );
      this.setData({ faults });
      if (Object.keys(faults).length) {
        this.setData({ state: "error", trouble: words().report.wrong });
        return;
      }
      await this.register(appealOf(this.data.form, language()));
    },

    /** The same content under the same key once more. */
    async sendAgain() {
      const submission = submissions.waiting("appeal");
      if (submission) await this.register(submission.content);
      else this.setData({ waiting: false });
    },

    async drop() {
      const { confirm } = await wx.showModal({ content: words().report.dropAsk });
      if (!confirm) return;
      submissions.drop("appeal");
      this.setData({ waiting: false, state: "ready" });
    },

    /** @param {Schemas["RegisterAppeal"]} appeal */
    async register(appeal) {
      this.setData({ sending: true, state: "loading" });
      try {
        const receipt = await submissions.submit("appeal", appeal, client.registerAppeal);
        kept.add({
          number: receipt.tracking_number,
          spoken: receipt.tracking_number_spoken,
          key: receipt.secret_key,
          type: appeal.type,
          registeredAt: receipt.registered_at,
        });
        hand.over("receipt", { receipt, photos: this.data.photos });
        this.setData({ form: blank(), photos: [], sending: false, state: "ready" });
        wx.redirectTo({ url: "/pages/receipt/receipt" });
      } catch (error) {
        this.setData({
          ...this.explain(error),
          faults: faultsOf(error),
          sending: false,
          waiting: Boolean(submissions.waiting("appeal")),
        });
      }
    },
  },
});

/**
 * What the hotline finds wrong, by input.
 *
 * @param {unknown} error
 * @returns {Record<string, string>}
 */
function faultsOf(error) {
  const found = (error instanceof Refused && error.problem.errors) || [];
  /** @type {Record<string, string>} */
  const inputs = { "contact.phone": "phone", "contact.name": "name", "place.address_text": "address" };
  return Object.fromEntries(
    found.map(({ field, message, message_en }) => [inputs[field] || field, language() === "en" ? message_en : message]),
  );
}
