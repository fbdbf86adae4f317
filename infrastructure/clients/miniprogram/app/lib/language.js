// The language of the reader: chosen, or the phone's own; Chinese where neither is ours.

/** @typedef {"zh-CN" | "en"} Language */

const words = { "zh-CN": require("../words/zh-CN"), en: require("../words/en") };

const PLACE = "language";

/** @returns {Language} */
function language() {
  const chosen = wx.getStorageSync(PLACE);
  if (chosen === "zh-CN" || chosen === "en") return chosen;
  return /^en/i.test(wx.getAppBaseInfo().language || "") ? "en" : "zh-CN";
}

/** @param {Language} chosen */
function choose(chosen) {
  wx.setStorageSync(PLACE, chosen);
}

/**
 * What the hotline says in both languages, in the reader's: `say(appeal, "status")` reads status_zh or status_en.
 *
 * @param {Record<string, any>} facts
 * @param {string} name
 * @returns {string}
 */
function say(facts, name) {
  return facts[`${name}_${language() === "en" ? "en" : "zh"}`] || "";
}

module.exports = { language, choose, say, words: () => words[language()] };
