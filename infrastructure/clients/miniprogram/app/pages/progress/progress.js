// How far an appeal is, and what its citizen can still do: add words and pictures, withdraw, choose messages.

const client = require("../../api/client");
const hand = require("../../lib/hand");
const photos = require("../../lib/photos");
const reader = require("../../lib/reader");
const submissions = require("../../lib/submissions");
const { shown } = require("../../lib/progress");
const { words } = require("../../lib/language");

/** @typedef {import("../../api/client").Holder} Holder */

Component({
  behaviors: [reader],
  data: {
    section: "progress",
    /** @type {Holder | null} */
    holder: null,
    /** @type {ReturnType<typeof shown> | null} */
    appeal: null,
    /** @type {{id: string, url: string, note: string}[]} */
    pictures: [],
    text: "",
    told: "",
  },
  methods: {
    async onLoad() {
      this.setData({ holder: hand.take("progress") || null });
      await this.load();
    },

    async load() {
      const { holder } = this.data;
      if (!holder) return;
      const appeal = await this.attempt(() => client.trackAppeal(holder));
      if (!appeal) return;
      this.setData({ appeal: shown(appeal) });
      const { attachments } = await client.listAttachments(holder).catch(() => ({ attachments: [] }));
      const { photoOffered, photoRefused } = words().progress;
      const notes = { offered: photoOffered, refused: photoRefused, verified: "" };
      this.setData({
        pictures: attachments.map((each) => ({ id: each.attachment_id, url: each.url || "", note: notes[each.status] })),
      });
    },

    async onPullDownRefresh() {
      await this.load();
      wx.stopPullDownRefresh();
    },

    survey() {
      const { appeal } = this.data;
      if (!appeal) return;
      hand.over("survey", appeal.survey);
      wx.navigateTo({ url: "/pages/survey/survey" });
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onText(event) {
      this.setData({ text: event.detail.value, told: "" });
    },

    async supplement() {
      const { holder, text } = this.data;
      const said = text.trim();
      if (!holder || !said) return;
      const done = await this.attempt(() =>
        submissions.submit(`supplement/${holder.number}`, said, (content, id) =>
          client.supplementAppeal(holder, content, id),
        ),
      );
      if (done) await this.tell(words().progress.supplementSent, { text: "" });
    },

    async addPhotos() {
      const { holder } = this.data;
      if (!holder) return;
      const chosen = await photos.choose(this.data.pictures.length);
      if (!chosen.photos.length && !chosen.refused) return;
      const failed = await this.attempt(() => photos.send(holder, chosen.photos));
      const all = failed && !failed.length && !chosen.refused;
      await this.tell(all ? words().progress.photoSent : words().progress.photoFailed);
    },

    async withdraw() {
      const { holder } = this.data;
      const { confirm } = await wx.showModal({ content: words().progress.withdrawAsk });
      if (!holder || !confirm) return;
      const done = await this.attempt(() =>
        submissions.submit(`withdrawal/${holder.number}`, null, (_, id) => client.withdrawAppeal(holder, id)),
      );
      if (done) await this.load();
    },

    /** @param {WechatMiniprogram.TouchEvent} event */
    async chooseNotices(event) {
      const { holder } = this.data;
      const wanted = event.currentTarget.dataset.wanted === "yes";
      if (!holder) return;
      const done = await this.attempt(() => client.chooseNotices(holder, wanted));
      if (done) this.setData({ told: words().progress.noticesChosen });
    },

    /**
     * @param {string} told what has just been done
     * @param {{text?: string}} [more]
     */
    async tell(told, more = {}) {
      await this.load();
      this.setData({ told, ...more });
    },
  },
});
