// The map of a phone in China shows GCJ-02 degrees; the hotline takes WGS 84.

const AXIS = 6378245;
const FLATNESS = 0.00669342162296594323;
const ROUNDS = 5;

/** @typedef {{lat: number, long: number}} Point */

/**
 * @param {Point} shown a point of the map, in China
 * @returns {Point} the same in WGS 84, to a few centimetres
 */
function toWgs84(shown) {
  let point = shown;
  for (let round = 0; round < ROUNDS; round += 1) {
    const [latOff, longOff] = offset(point);
    point = { lat: shown.lat - latOff, long: shown.long - longOff };
  }
  return { lat: rounded(point.lat), long: rounded(point.long) };
}

/**
 * How far GCJ-02 lies from WGS 84 at a point, in degrees.
 *
 * @param {Point} point
 * @returns {[number, number]}
 */
function offset({ lat, long }) {
  const [x, y] = [long - 105, lat - 35];
  const root = Math.sqrt(Math.abs(x));
  const common = ((20 * Math.sin(6 * x * Math.PI) + 20 * Math.sin(2 * x * Math.PI)) * 2) / 3;
  const north =
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common +
    ((20 * Math.sin(y * Math.PI) + 40 * Math.sin((y / 3) * Math.PI)) * 2) / 3 +
    ((160 * Math.sin((y / 12) * Math.PI) + 320 * Math.sin((y * Math.PI) / 30)) * 2) / 3;
  const east =
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common +
    ((20 * Math.sin(x * Math.PI) + 40 * Math.sin((x / 3) * Math.PI)) * 2) / 3 +
    ((150 * Math.sin((x / 12) * Math.PI) + 300 * Math.sin((x / 30) * Math.PI)) * 2) / 3;
  const radians = (lat / 180) * Math.PI;
  const bend = 1 - FLATNESS * Math.sin(radians) ** 2;
  return [
    (north * 180 * bend * Math.sqrt(bend)) / (AXIS * (1 - FLATNESS) * Math.PI),
    (east * 180 * Math.sqrt(bend)) / (AXIS * Math.cos(radians) * Math.PI),
  ];
}

/** Six decimals are a tenth of a metre. @param {number} degrees */
function rounded(degrees) {
  return Math.round(degrees * 1e6) / 1e6;
}

module.exports = { toWgs84 };
