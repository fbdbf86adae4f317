// Find a service by words: every word, or every two characters of a Chinese one, has to stand somewhere in its names.

/** @typedef {import("../../types/api").Schemas["ServiceEntry"]} Service */

/**
 * @param {Service[]} services
 * @param {string} words
 * @returns {Service[]} the best first; all of them for no words
 */
function search(services, words) {
  const wanted = piecesOf(words);
  if (!wanted.length) return services;
  return services
    .map((service, index) => ({ service, index, hits: hitsOf(service, wanted) }))
    .filter(({ hits }) => hits > 0)
    .sort((one, other) => other.hits - one.hits || one.index - other.index)
    .map(({ service }) => service);
}

/**
 * @param {Service} service
 * @param {string[]} wanted
 */
function hitsOf(service, wanted) {
  const names = `${service.name_zh} ${service.name_en}`.toLowerCase();
  const group = `${service.group_zh} ${service.group_en}`.toLowerCase();
  return wanted.reduce((sum, piece) => sum + (names.includes(piece) ? 2 : 0) + (group.includes(piece) ? 1 : 0), 0);
}

/**
 * @param {string} words
 * @returns {string[]}
 */
function piecesOf(words) {
  return words
    .toLowerCase()
    .split(/[\s，。、；,.;]+/)
    .filter(Boolean)
    .flatMap((word) => (/[\u4e00-\u9fff]/.test(word) && word.length > 2 ? pairsOf(word) : [word]));
}

/** @param {string} word */
function pairsOf(word) {
  return Array.from({ length: word.length - 1 }, (_, index) => word.slice(index, index + 2));
}

module.exports = { search };
