// Number and key, typed in, lead to how far an appeal is.

const client = require("../../api/client");
const hand = require("../../lib/hand");
const kept = require("../../lib/kept");
const reader = require("../../lib/reader");
const { Refused } = require("../../api/errors");

Component({
  behaviors: [reader],
  data: { section: "track", number: "", key: "", keep: true, needed: false, unknown: false, notOurs: false },
  methods: {
    /** @param {WechatMiniprogram.CustomEvent} event */
    onInput(event) {
      const { name } = event.currentTarget.dataset;
      this.setData({ [name]: event.detail.value, unknown: false });
    },

    /** A receipt's code says `…/track#<number>.<key>` or `<number> <key>`. */
    async scan() {
      const { result } = await wx.scanCode({ scanType: ["qrCode"] }).catch(() => ({ result: "" }));
      const found = /(?:^|#)([0-9A-Za-z-]{17,24})[. ]([\w-]{8,128})$/.exec(result);
      this.setData(found ? { number: found[1], key: found[2], notOurs: false } : { notOurs: Boolean(result) });
      if (found) await this.show();
    },

    async show() {
      const holder = { number: this.data.number.trim(), key: this.data.key.trim() };
      this.setData({ needed: !holder.number || !holder.key, unknown: false });
      if (this.data.needed) return;
      const appeal = await this.attempt(() => client.trackAppeal(holder).catch(nothingFound));
      if (appeal === null) this.setData({ unknown: true });
      if (!appeal) return;
      if (this.data.keep) {
        kept.add({
          number: appeal.tracking_number,
          spoken: appeal.tracking_number_spoken,
          key: holder.key,
          type: appeal.type,
          registeredAt: appeal.registered_at,
        });
      }
      hand.over("progress", { number: appeal.tracking_number, key: holder.key });
      wx.navigateTo({ url: "/pages/progress/progress" });
    },

    lost() {
      wx.navigateTo({ url: "/pages/mine/mine" });
    },

  },
});

/** A wrong number and a wrong key look the same. @param {unknown} error */
function nothingFound(error) {
  if (error instanceof Refused && error.status === 404) return null;
  throw error;
}
