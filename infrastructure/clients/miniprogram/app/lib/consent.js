// Whether the owner of this phone has agreed to the privacy statement. Without it nothing is sent.

const config = require("../config");

const PLACE = "consent";

function given() {
  return wx.getStorageSync(PLACE) === config.privacyVersion;
}

function give() {
  wx.setStorageSync(PLACE, config.privacyVersion);
}

/** Take it back, and forget everything that this program keeps on the phone. */
function takeBack() {
  wx.clearStorageSync();
}

module.exports = { given, give, takeBack };
