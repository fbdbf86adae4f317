// One call of the API over wx.request, and one upload over wx.uploadFile.

const config = require("../config");
const consent = require("../lib/consent");
const operations = require("./operations");
const { ConsentMissing, Refused, Unreachable } = require("./errors");

/** @typedef {keyof typeof operations} Name */
/** @typedef {import("../../types/api").Schemas["UploadOffer"]} UploadOffer */
/**
 * @typedef {object} Call
 * @property {Record<string, string>} [path] values of the path's variables
 * @property {Record<string, string | undefined>} [query]
 * @property {Record<string, string>} [headers]
 * @property {Record<string, any>} [body]
 */

/**
 * Call an operation.
 *
 * @param {Name} name
 * @param {Call} [given]
 * @returns {Promise<any>} what it answered
 * @throws {ConsentMissing | Unreachable | Refused}
 */
function call(name, given = {}) {
  /** @type {{method: string, path: string, sends?: string[]}} */
  const operation = operations[name];
  return agreed().then(
    () =>
      new Promise((resolve, reject) => {
        wx.request({
          url: config.apiBase + filled(operation.path, given.path) + queryOf(given.query),
          method: /** @type {"GET" | "POST"} */ (operation.method),
          header: { "Content-Type": "application/json", ...given.headers },
          data: given.body && only(operation.sends || [], given.body),
          timeout: config.timeout,
          success: ({ statusCode, data }) =>
            statusCode >= 200 && statusCode < 300 ? resolve(data) : reject(new Refused(statusCode, problemOf(data))),
          fail: ({ errMsg }) => reject(new Unreachable(errMsg)),
        });
      }),
  );
}

/**
 * Send a file to where the hotline said.
 *
 * @param {UploadOffer} offer
 * @param {string} filePath
 * @param {(percent: number) => void} [onProgress]
 * @returns {Promise<void>}
 */
function upload(offer, filePath, onProgress) {
  return agreed().then(
    () =>
      new Promise((resolve, reject) => {
        const task = wx.uploadFile({
          url: offer.url,
          filePath,
          name: "file",
          formData: offer.fields,
          success: ({ statusCode }) =>
            statusCode >= 200 && statusCode < 300 ? resolve() : reject(new Refused(statusCode, {})),
          fail: ({ errMsg }) => reject(new Unreachable(errMsg)),
        });
        if (onProgress) task.onProgressUpdate(({ progress }) => onProgress(progress));
      }),
  );
}

function agreed() {
  return consent.given() ? Promise.resolve() : Promise.reject(new ConsentMissing());
}

/**
 * @param {string} path
 * @param {Record<string, string>} [values]
 */
function filled(path, values = {}) {
  return path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name]));
}

/** @param {Record<string, string | undefined>} [query] */
function queryOf(query = {}) {
  const pairs = Object.entries(query)
    .filter(([, value]) => value)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return pairs.length ? `?${pairs.join("&")}` : "";
}

/**
 * @param {string[]} names
 * @param {Record<string, any>} body
 */
function only(names, body) {
  return Object.fromEntries(names.filter((name) => body[name] !== undefined).map((name) => [name, body[name]]));
}

/** @param {any} data */
function problemOf(data) {
  if (data && typeof data === "object") return data;
  try {
    return JSON.parse(data);
  } catch (error) {
    return {};
  }
}

module.exports = { call, upload };
