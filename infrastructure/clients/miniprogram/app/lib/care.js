// Care mode: everything larger.

const PLACE = "care";

/** @returns {boolean} */
function isOn() {
  return wx.getStorageSync(PLACE) === true;
}

/** @param {boolean} on */
function turn(on) {
  wx.setStorageSync(PLACE, on);
}

module.exports = { isOn, turn };
