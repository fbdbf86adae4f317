// Hand a secret to the next page in memory: a page's path is seen by analytics and can be shared.

/** @type {Record<string, any>} */
let handed = {};

/**
 * @param {string} page
 * @param {any} secret
 */
function over(page, secret) {
  handed[page] = secret;
}

/**
 * What was handed to a page, once.
 *
 * @param {string} page
 * @returns {any}
 */
function take(page) {
  const secret = handed[page];
  delete handed[page];
  return secret;
}

module.exports = { over, take };
