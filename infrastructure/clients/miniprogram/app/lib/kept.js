// The appeals of this phone: number and key, so that their owner need not write them down. Neither words nor contact.

/**
 * @typedef {object} Kept
 * @property {string} number
 * @property {string} spoken the number in groups, to be read out
 * @property {string} key
 * @property {string} type
 * @property {string} registeredAt
 */

const PLACE = "appeals";
const MOST = 100;

/** @returns {Kept[]} the newest first */
function list() {
  return wx.getStorageSync(PLACE) || [];
}

/** @param {Kept} appeal */
function add(appeal) {
  const others = list().filter((each) => each.number !== appeal.number);
  wx.setStorageSync(PLACE, [appeal, ...others].slice(0, MOST));
}

/** @param {string} number */
function forget(number) {
  wx.setStorageSync(
    PLACE,
    list().filter((each) => each.number !== number),
  );
}

module.exports = { list, add, forget };
