// What can go wrong between this phone and the hotline.

/** @typedef {import("../../types/api").Schemas["Problem"]} Problem */

/** The hotline answered and said no, with a reason in both languages. */
class Refused extends Error {
  /**
   * @param {number} status
   * @param {Partial<Problem>} problem
   */
  constructor(status, problem) {
    super(`refused with ${status}`);
    this.status = status;
    this.problem = problem;
    this.code = String(problem.type || "").replace(/^.*\//, "");
  }

  /** Whether the same call may succeed later: it is then not known, or known not, to have been carried out. */
  get passing() {
    return this.status >= 500 || this.status === 408 || this.status === 429;
  }
}

/** No answer came: the call may or may not have been carried out. */
class Unreachable extends Error {
  /** @param {string} reason */
  constructor(reason) {
    super(reason);
  }
}

/** Nothing leaves the phone before its owner has agreed to the privacy statement. */
class ConsentMissing extends Error {
  constructor() {
    super("the privacy statement has not been agreed to");
  }
}

module.exports = { Refused, Unreachable, ConsentMissing };
