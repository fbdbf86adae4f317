// What everyday words mean to the hotline, found on the phone: no text is sent for a suggestion or a warning.

/** @typedef {import("../../types/api").Schemas["Vocabulary"]} Vocabulary */

/** @type {Vocabulary} of a hotline that has not answered yet */
const NONE = { version: "", services: {}, emergencies: {} };

/**
 * The lines to call at once, in the order in which a text calls for them.
 *
 * @param {Vocabulary} vocabulary
 * @param {string} text
 * @returns {string[]}
 */
function emergencyNumbers({ emergencies }, text) {
  const numbers = find(Object.keys(emergencies), text).map((word) => emergencies[word]);
  return [...new Set(numbers.filter(Boolean))];
}

/**
 * How often a text, or what it begins to say, is one of a service's words.
 *
 * @param {Vocabulary} vocabulary
 * @param {string} serviceCode
 * @param {string} text
 * @returns {number}
 */
function mentions({ services }, serviceCode, text) {
  const words = services[serviceCode] || [];
  const typed = normalise(text);
  const begun = typed.length > 1 && words.some((word) => word.startsWith(typed)) ? 1 : 0;
  return find(words, text).length + begun;
}

/**
 * The longest words from left to right, without overlap: a long one may be the exception to a short one.
 *
 * @param {string[]} words
 * @param {string} text
 * @returns {string[]}
 */
function find(words, text) {
  const typed = normalise(text);
  const longestFirst = [...words].sort((one, other) => other.length - one.length);
  const found = [];
  for (let at = 0; at < typed.length; ) {
    const word = longestFirst.find((each) => typed.startsWith(each, at) && standsAlone(typed, at, at + each.length));
    if (word) found.push(word);
    at += word ? word.length : 1;
  }
  return found;
}

/** Fold width, case and spacing. @param {string} text */
function normalise(text) {
  const folded = text.normalize("NFKC").replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, "").toLowerCase();
  return folded.trim().replace(/\s+/g, " ").replace(/([^\x00-\x7f]) | (?=[^\x00-\x7f])/g, "$1");
}

/**
 * An English word is a word and not a part of one; its plural will do.
 *
 * @param {string} text
 * @param {number} start
 * @param {number} end
 */
function standsAlone(text, start, end) {
  if (/[a-z0-9]/.test(text[start]) && /[a-z0-9]/.test(text[start - 1] || "")) return false;
  return !/[a-z0-9]/.test(text[end - 1]) || /^(s|es)?([^a-z0-9]|$)/.test(text.slice(end, end + 3));
}

module.exports = { NONE, emergencyNumbers, mentions };
