// An appeal as its page shows it: sentences and times in the reader's language.

const { language, say, words } = require("./language");
const { isPast, moment } = require("./moments");

/** @typedef {import("../../types/api").Schemas["AppealStatus"]} AppealStatus */

/** @type {Record<string, string[]>} the limits that still matter to the citizen, by status */
const RUNNING = {
  registered: ["dispatch"],
  dispatched: ["response", "handling"],
  acknowledged: ["response", "handling"],
  in_progress: ["handling"],
};

/** @param {AppealStatus} appeal */
function shown(appeal) {
  const reader = language();
  /** @type {Record<string, string>} */
  const limits = words().due;
  return {
    spoken: appeal.tracking_number_spoken,
    type: nameOf(words().types, appeal.type),
    service: appeal.service ? say(appeal.service, "name") : "",
    status: say(appeal, "status"),
    agency: say(appeal, "agency"),
    registered: moment(appeal.registered_at, reader),
    next: nextOf(appeal),
    limits: appeal.due
      .filter(({ clock }) => (RUNNING[appeal.status] || []).includes(clock))
      .map(({ clock, due_at }) => ({ name: limits[clock], at: moment(due_at, reader), over: isPast(due_at) })),
    resumes: appeal.resumes_at ? moment(appeal.resumes_at, reader) : "",
    conclusion: appeal.conclusion
      ? { about: say(appeal.conclusion, "text"), text: appeal.conclusion.text || "" }
      : null,
    timeline: appeal.timeline.map((entry) => ({
      at: moment(entry.at, reader),
      about: say(entry, "text"),
      text: entry.text || "",
    })),
    emergency: appeal.emergency
      ? { numbers: appeal.emergency.numbers, advice: say(appeal.emergency, "advice") }
      : null,
    survey: appeal.survey ? appeal.survey.token : "",
    open: appeal.status_type !== "ended",
  };
}

/** @param {AppealStatus} appeal */
function nextOf({ status, confidential, conclusion }) {
  const { next, nextInConfidence, nextConcluded } = words();
  /** @type {Record<string, string>} */
  const sentences = { ...next, ...(confidential ? nextInConfidence : {}), ...(conclusion ? nextConcluded : {}) };
  return sentences[status] || "";
}

/**
 * @param {Record<string, string>} names
 * @param {string} code
 */
function nameOf(names, code) {
  return names[code] || "";
}

module.exports = { shown };
