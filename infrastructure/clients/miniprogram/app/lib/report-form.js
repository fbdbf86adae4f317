// From what was filled in to the command that the API takes, and from its errors back to the inputs.

/** @typedef {import("../../types/api").Schemas} Schemas */
/**
 * @typedef {object} Form
 * @property {Schemas["AppealType"]} type
 * @property {boolean} confidential
 * @property {string} text
 * @property {string} service code of the service; empty for none
 * @property {Record<string, string | string[]>} fields answers to the service's own questions
 * @property {string} district
 * @property {string} subdistrict
 * @property {string} address
 * @property {import("./coordinates").Point | null} point
 * @property {string} name
 * @property {string} phone
 */

/** @returns {Form} */
function blank() {
  return {
    type: "complaint",
    confidential: false,
    text: "",
    service: "",
    fields: {},
    district: "",
    subdistrict: "",
    address: "",
    point: null,
    name: "",
    phone: "",
  };
}

/** Only of a complaint or a report somebody has to fear anything. @param {Form} form */
function mayBeConfidential(form) {
  return form.type === "complaint" || form.type === "report";
}

/**
 * @param {Form} form
 * @param {import("./language").Language} language
 * @returns {Schemas["RegisterAppeal"]}
 */
function appealOf(form, language) {
  const place = filledIn({
    district: form.district,
    subdistrict: form.subdistrict,
    address_text: form.address.trim(),
    ...form.point,
  });
  const contact = filledIn({ name: form.name.trim(), phone: form.phone.trim() });
  const fields = filledIn(form.fields);
  return {
    type: form.type,
    text: form.text.trim(),
    channel: "miniprogram",
    language,
    ...(form.service ? { service_code: form.service } : {}),
    ...(place ? { place } : {}),
    ...(contact ? { contact } : {}),
    ...(fields ? { fields } : {}),
    ...(form.confidential && mayBeConfidential(form) ? { confidential: true } : {}),
  };
}

/**
 * What has to be filled in before anything is sent.
 *
 * @param {Form} form
 * @param {Schemas["FieldSpec"][]} questions
 * @returns {string[]} names of inputs
 */
function missing(form, questions) {
  const unanswered = questions
    .filter(({ code, required }) => required && !(form.fields[code] && form.fields[code].length))
    .map(({ code }) => `fields.${code}`);
  return [...(form.text.trim() ? [] : ["text"]), ...unanswered];
}

/**
 * @template {Record<string, any>} T
 * @param {T} facts
 * @returns {T | undefined} those that say something
 */
function filledIn(facts) {
  const said = Object.entries(facts).filter(([, value]) => value !== "" && value != null && value.length !== 0);
  return said.length ? /** @type {T} */ (Object.fromEntries(said)) : undefined;
}

module.exports = { blank, mayBeConfidential, appealOf, missing };
