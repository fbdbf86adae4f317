// What a city sets before it publishes; see ../README.md. Nothing here is a secret.

module.exports = {
  /** Where the hotline's API is, with its stage, without a slash at the end. */
  apiBase: "https://hotline.example",

  /** The citizens' pages, for the embedded form; empty leaves that way in out (web-view needs a business domain). */
  pagesBase: "",

  /** What people dial instead. */
  phone: "12345",

  /** Lines to call before anything else, with what they are for by the words of words/. */
  emergencyNumbers: ["110", "119", "120", "122"],

  /** The city tells times in its own zone: minutes ahead of UTC, all year. */
  zoneMinutes: 480,

  /** How long an answer may take, in milliseconds. */
  timeout: 15000,

  /** Raise it when the privacy statement changes: everybody is then asked once more. */
  privacyVersion: 1,
};
