// What every page does for its reader: language, large text, consent, and what to say when something fails.

const consent = require("./consent");
const care = require("./care");
const { language, words } = require("./language");
const { Refused, Unreachable } = require("../api/errors");

/** @typedef {"ready" | "loading" | "offline" | "error"} State */

module.exports = Behavior({
  data: {
    words: words(),
    care: false,
    consented: false,
    /** @type {State} */
    state: "ready",
    trouble: "",
    section: "home",
  },
  lifetimes: {
    attached() {
      this.greet();
    },
  },
  pageLifetimes: {
    show() {
      this.greet();
    },
  },
  methods: {
    /** Speak the reader's language, in the reader's size. */
    greet() {
      /** @type {Record<string, any>} */
      const all = words();
      this.setData({ words: words(), care: care.isOn(), consented: consent.given() });
      wx.setNavigationBarTitle({ title: all[this.data.section].title });
    },

    /** The reader has agreed to the privacy statement on this page. */
    onConsent() {
      this.setData({ consented: true });
      const page = /** @type {any} */ (this);
      if (page.load) page.load();
    },

    /**
     * Do something that may fail, and show how it went.
     *
     * @template T
     * @param {() => Promise<T>} work
     * @returns {Promise<T | undefined>} nothing when it failed: the page then says so
     */
    async attempt(work) {
      this.setData({ state: "loading", trouble: "" });
      try {
        const result = await work();
        this.setData({ state: "ready" });
        return result;
      } catch (error) {
        this.setData(this.explain(error));
        return undefined;
      }
    },

    /**
     * @param {unknown} error
     * @returns {{state: State, trouble: string}}
     */
    explain(error) {
      const { state } = words();
      if (error instanceof Unreachable) return { state: "offline", trouble: state.offlineAdvice };
      if (error instanceof Refused) return { state: "error", trouble: detailOf(error) || state.busy };
      return { state: "error", trouble: state.busy };
    },

    callHotline() {
      wx.makePhoneCall({ phoneNumber: require("../config").phone });
    },
  },
});

/** @param {Refused} error */
function detailOf({ problem }) {
  return language() === "en" ? problem.detail_en : problem.detail;
}
