// Find a service by everyday words: those that the hotline knows for it, or parts of its names.

const { mentions } = require("./vocabulary");

/** @typedef {import("../../types/api").Schemas["ServiceEntry"]} Service */

const KNOWN_WORD = 5; // weighs more than any part of a name

/**
 * @param {Service[]} services
 * @param {string} words
 * @param {import("./vocabulary").Vocabulary} vocabulary
 * @returns {Service[]} the best first; all of them for no words
 */
function search(services, words, vocabulary) {
  const wanted = piecesOf(words);
  /** @param {Service} service */
  const known = (service) => KNOWN_WORD * mentions(vocabulary, service.service_code, words);
  if (!wanted.length) return services;
  return services
    .map((service, index) => ({ service, index, hits: hitsOf(service, wanted) + known(service) }))
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
