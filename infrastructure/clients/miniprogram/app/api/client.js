// The hotline's API as functions; the types come from its document.

const { call, upload } = require("./transport");

/** @typedef {import("../../types/api").Schemas} Schemas */
/** @typedef {{number: string, key: string}} Holder whoever has the tracking number and the key of an appeal */
/**
 * @template {keyof import("../../types/openapi").operations} N
 * @typedef {import("../../types/api").Answer<N>} Answer
 */
/**
 * @template {keyof import("../../types/openapi").operations} N
 * @typedef {import("../../types/api").Body<N>} Body
 */

/** @returns {Promise<Answer<"list_services">>} */
const listServices = () => call("list_services");

/** @type {(serviceCode: string) => Promise<Answer<"show_service">>} */
const showService = (serviceCode) => call("show_service", { path: { service_code: serviceCode } });

/** @returns {Promise<Answer<"list_jurisdictions">>} */
const listJurisdictions = () => call("list_jurisdictions");

/** @returns {Promise<Answer<"show_vocabulary">>} */
const showVocabulary = () => call("show_vocabulary");

/** @type {(appeal: Body<"register_appeal">, submission: string) => Promise<Answer<"register_appeal">>} */
const registerAppeal = (appeal, submission) =>
  call("register_appeal", { body: appeal, headers: { "Idempotency-Key": submission } });

/** @type {(holder: Holder) => Promise<Answer<"track_appeal">>} */
const trackAppeal = (holder) => call("track_appeal", held(holder));

/** @type {(holder: Holder, text: string, submission: string) => Promise<Answer<"supplement_appeal">>} */
const supplementAppeal = (holder, text, submission) =>
  call("supplement_appeal", { ...held(holder, submission), body: { text } });

/** @type {(holder: Holder, submission: string) => Promise<Answer<"withdraw_appeal">>} */
const withdrawAppeal = (holder, submission) => call("withdraw_appeal", held(holder, submission));

/** @type {(holder: Holder, wanted: boolean) => Promise<Answer<"choose_notices">>} */
const chooseNotices = (holder, wanted) => call("choose_notices", { ...held(holder), body: { wanted } });

/** @type {(holder: Holder) => Promise<Answer<"list_attachments">>} */
const listAttachments = (holder) => call("list_attachments", held(holder));

/**
 * Ask where a picture may go, and send it there.
 *
 * @param {Holder} holder
 * @param {Body<"offer_upload">} picture
 * @param {string} filePath
 * @param {(percent: number) => void} [onProgress]
 * @returns {Promise<void>}
 */
function sendPicture(holder, picture, filePath, onProgress) {
  return call("offer_upload", { ...held(holder), body: picture }).then((offer) => upload(offer, filePath, onProgress));
}

/** @type {(phone: string, language: Schemas["AskForCode"]["language"]) => Promise<Answer<"ask_for_code">>} */
const askForCode = (phone, language) => call("ask_for_code", { body: { phone, language } });

/** @type {(phone: string, code: string) => Promise<Answer<"check_code">>} */
const checkCode = (phone, code) => call("check_code", { body: { phone, code } });

/** @type {(pass: string, cursor?: string) => Promise<Answer<"list_own_appeals">>} */
const listOwnAppeals = (pass, cursor) =>
  call("list_own_appeals", { query: { cursor }, headers: { "X-Citizen-Token": pass } });

/** @type {(token: string) => Promise<Answer<"show_survey">>} */
const showSurvey = (token) => call("show_survey", { path: { survey_token: token } });

/** @type {(token: string, answers: Body<"answer_survey">) => Promise<Answer<"answer_survey">>} */
const answerSurvey = (token, answers) => call("answer_survey", { path: { survey_token: token }, body: answers });

/**
 * @param {Holder} holder
 * @param {string} [submission]
 */
function held(holder, submission) {
  return {
    path: { number: holder.number },
    headers: { "X-Tracking-Key": holder.key, ...(submission ? { "Idempotency-Key": submission } : {}) },
  };
}

module.exports = {
  listServices,
  showService,
  listJurisdictions,
  showVocabulary,
  registerAppeal,
  trackAppeal,
  supplementAppeal,
  withdrawAppeal,
  chooseNotices,
  listAttachments,
  sendPicture,
  askForCode,
  checkCode,
  listOwnAppeals,
  showSurvey,
  answerSurvey,
};
