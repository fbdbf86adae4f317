// The receipt: number and key, time limits, and the pictures on their way.

const hand = require("../../lib/hand");
const photos = require("../../lib/photos");
const reader = require("../../lib/reader");
const { language, say, words } = require("../../lib/language");
const { moment } = require("../../lib/moments");

/** @typedef {import("../../../types/api").Schemas} Schemas */

Component({
  behaviors: [reader],
  data: {
    section: "receipt",
    /** @type {Schemas["Receipt-Output"] | null} */
    receipt: null,
    /** @type {{name: string, at: string}[]} */
    limits: [],
    advice: "",
    /** @type {import("../../lib/photos").Photo[]} pictures that have not got through */
    left: [],
    /** @type {"none" | "sending" | "sent" | "failed"} */
    pictures: "none",
    percent: 0,
  },
  methods: {
    async onLoad() {
      const handed = hand.take("receipt");
      if (!handed) return;
      /** @type {Schemas["Receipt-Output"]} */
      const receipt = handed.receipt;
      /** @type {Record<string, string>} */
      const names = words().due;
      this.setData({
        receipt,
        limits: receipt.due
          .filter(({ clock }) => names[clock])
          .map(({ clock, due_at }) => ({ name: names[clock], at: moment(due_at, language()) })),
        advice: receipt.emergency ? say(receipt.emergency, "advice") : "",
        left: handed.photos,
      });
      await this.sendPhotos();
    },

    async sendPhotos() {
      const { receipt, left } = this.data;
      if (!receipt || !left.length) return;
      const holder = { number: receipt.tracking_number, key: receipt.secret_key };
      this.setData({ pictures: "sending", percent: 0 });
      const failed = await photos.send(holder, left, (done, percent) =>
        this.setData({ percent: Math.round((done * 100 + percent) / left.length) }),
      );
      this.setData({ left: failed, pictures: failed.length ? "failed" : "sent" });
    },

    copy() {
      const { receipt } = this.data;
      if (!receipt) return;
      const { number, key } = words().receipt;
      wx.setClipboardData({ data: `${number} ${receipt.tracking_number}\n${key} ${receipt.secret_key}` });
    },

    track() {
      const { receipt } = this.data;
      if (!receipt) return;
      hand.over("progress", { number: receipt.tracking_number, key: receipt.secret_key });
      wx.redirectTo({ url: "/pages/progress/progress" });
    },
  },
});
