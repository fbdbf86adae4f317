// Times of the city, whatever zone the phone is in.

const config = require("../config");

const MINUTE = 60000;
const MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December"];

/**
 * @param {string} iso
 * @param {import("./language").Language} language
 * @returns {string} such as 2026年11月24日 00:05
 */
function moment(iso, language) {
  const here = new Date(Date.parse(iso) + config.zoneMinutes * MINUTE);
  const [year, month, day] = [here.getUTCFullYear(), here.getUTCMonth(), here.getUTCDate()];
  const clock = here.toISOString().slice(11, 16);
  return language === "en"
    ? `${day} ${MONTHS[month]} ${year}, ${clock}`
    : `${year}年${month + 1}月${day}日 ${clock}`;
}

/**
 * @param {string} day such as 2026-11-24
 * @returns {string} its first moment in the city, such as 2026-11-23T16:00:00.000Z
 */
function startOf(day) {
  return new Date(Date.parse(`${day}T00:00:00Z`) - config.zoneMinutes * MINUTE).toISOString();
}

/** @param {string} iso */
function isPast(iso) {
  return Date.parse(iso) < Date.now();
}

module.exports = { moment, startOf, isPast };
