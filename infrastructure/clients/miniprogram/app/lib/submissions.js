// Send something once, though answers get lost: what is being sent is kept with its Idempotency-Key until the
// hotline has said yes or no, over retries and over the end of the program. The same key with the same content gives
// the same result, so sending again never registers a second time.

const { Unreachable, Refused } = require("../api/errors");

/**
 * @template T
 * @typedef {object} Submission
 * @property {string} id the Idempotency-Key
 * @property {T} content
 */

const ID_BYTES = 16;
const WAITS = [1000, 3000];

/**
 * What waits for an answer under a name, such as "appeal".
 *
 * @param {string} name
 * @returns {Submission<any> | undefined}
 */
function waiting(name) {
  return wx.getStorageSync(placeOf(name)) || undefined;
}

/**
 * Send, and try twice more by itself while it is not known whether the hotline has got it.
 *
 * What still waits under the name is sent first, under its own id.
 *
 * @template T, R
 * @param {string} name
 * @param {T} content
 * @param {(content: T, id: string) => Promise<R>} send
 * @returns {Promise<R>}
 * @throws {Unreachable | Refused} of the last try; one that may pass leaves the submission waiting
 */
async function submit(name, content, send) {
  const earlier = waiting(name);
  if (earlier) {
    const result = await deliver(name, earlier, send);
    if (JSON.stringify(earlier.content) === JSON.stringify(content)) return result;
  }
  const submission = { id: await newId(), content };
  wx.setStorageSync(placeOf(name), submission);
  return deliver(name, submission, send);
}

/**
 * @template T, R
 * @param {string} name
 * @param {Submission<T>} submission
 * @param {(content: T, id: string) => Promise<R>} send
 * @returns {Promise<R>}
 */
async function deliver(name, submission, send) {
  for (const wait of [...WAITS, 0]) {
    try {
      const result = await send(submission.content, submission.id);
      drop(name);
      return result;
    } catch (error) {
      if (!mayStillArrive(error)) {
        drop(name);
        throw error;
      }
      if (!wait) throw error;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  throw new Error("unreachable");
}

/**
 * Give up what waits: it may have been registered all the same.
 *
 * @param {string} name
 */
function drop(name) {
  wx.removeStorageSync(placeOf(name));
}

/** @param {unknown} error */
function mayStillArrive(error) {
  return error instanceof Unreachable || (error instanceof Refused && error.passing);
}

/** What nobody can guess. */
async function newId() {
  const { randomValues } = await wx.getRandomValues({ length: ID_BYTES });
  return Array.from(new Uint8Array(randomValues), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} name */
function placeOf(name) {
  return `submission/${name}`;
}

module.exports = { submit, waiting, drop };
