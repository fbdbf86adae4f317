// A phone for the tests: WeChat's simulator in jsdom, with a storage, a network and a reader that a test commands.

const path = require("node:path");
const { webcrypto } = require("node:crypto");
const { JSDOM } = require("jsdom");

const APP = path.join(__dirname, "..", "..", "app");

const { window } = new JSDOM("<!doctype html><body></body>");
Object.assign(global, { window, document: window.document });
for (const name of ["Event", "CustomEvent", "HTMLElement", "Node", "MutationObserver", "TouchEvent"]) {
  global[name] = window[name];
}
const simulate = require("miniprogram-simulate");

/** What goes over the network, and what a reader sees and answers; made anew for each test. */
class Phone {
  /**
   * @param {{consented?: boolean, language?: string, answer?: (request: any) => any}} [given] `answer` gives
   *   `{status, data}`, or throws when nothing comes back
   */
  constructor({ consented = true, language = "zh-CN", answer = () => ({ status: 500, data: {} }) } = {}) {
    this.underway = 0;
    this.answer = answer;
    this.storage = new Map();
    this.requests = [];
    this.uploads = [];
    this.visits = [];
    this.calls = [];
    this.copied = "";
    this.title = "";
    this.agrees = true;
    this.chosen = [];
    this.scanned = "";
    this.location = undefined;
    this.waits = [];
    this.hurry();
    Object.assign(global.wx, this.wx(language));
    if (consented) require(path.join(APP, "lib", "consent")).give();
  }

  /** Waiting takes no time on this phone. */
  hurry() {
    global.setTimeout = (then, wait) => {
      this.waits.push(wait);
      return setImmediate(then);
    };
  }

  wx(language) {
    const visit = ({ url }) => this.visits.push(url);
    return {
      getStorageSync: (place) => (this.storage.has(place) ? JSON.parse(this.storage.get(place)) : ""),
      setStorageSync: (place, value) => this.storage.set(place, JSON.stringify(value)),
      removeStorageSync: (place) => this.storage.delete(place),
      clearStorageSync: () => this.storage.clear(),
      getAppBaseInfo: () => ({ language }),
      getRandomValues: async ({ length }) => ({ randomValues: webcrypto.getRandomValues(new Uint8Array(length)).buffer }),
      request: (request) => {
        this.requests.push(request);
        this.reply(request);
      },
      uploadFile: (request) => {
        this.uploads.push(request);
        this.reply(request);
        return { onProgressUpdate: (report) => report({ progress: 50 }) };
      },
      navigateTo: visit,
      redirectTo: visit,
      navigateBack: () => visit({ url: "back" }),
      setNavigationBarTitle: ({ title }) => (this.title = title),
      makePhoneCall: ({ phoneNumber }) => this.calls.push(phoneNumber),
      setClipboardData: ({ data }) => (this.copied = data),
      showModal: async () => ({ confirm: this.agrees }),
      stopPullDownRefresh: () => {},
      openPrivacyContract: () => {},
      scanCode: async () => ({ result: this.scanned }),
      chooseMedia: async () => ({ tempFiles: this.chosen }),
      getImageInfo: async ({ src }) => ({ type: src.replace(/^.*\./, "") }),
      getLocation: () => this.located(),
      chooseLocation: () => this.located(),
    };
  }

  async reply(request) {
    this.underway += 1;
    try {
      const { status, data } = await this.answer(request);
      request.success({ statusCode: status, data });
    } catch (error) {
      request.fail({ errMsg: `request:fail ${error.message}` });
    } finally {
      this.underway -= 1;
    }
  }

  async located() {
    if (!this.location) throw { errMsg: "getLocation:fail auth deny" };
    return this.location;
  }

  /**
   * Open a page as WeChat does.
   *
   * @param {string} name
   * @param {Record<string, string>} [query]
   */
  async open(name, query = {}) {
    const page = simulate.render(simulate.load(path.join(APP, "pages", name, name), { rootPath: APP }));
    page.attach(document.createElement("div"));
    page.triggerPageLifeTime("show");
    const shown = new Shown(this, page);
    if (page.instance.onLoad) await page.instance.onLoad(query);
    await shown.settle();
    return shown;
  }
}

/** A page on the screen. */
class Shown {
  constructor(phone, page) {
    this.phone = phone;
    this.page = page;
  }

  get data() {
    return this.page.data;
  }

  get text() {
    return this.page.dom.textContent.replace(/\s+/g, " ").trim();
  }

  has(selector) {
    return Boolean(this.find(selector));
  }

  /** In the page, or in one of its components. */
  find(selector) {
    return this.page.querySelector(selector) || [".state", ".emergency", ".consent"]
      .flatMap((name) => this.page.querySelectorAll(name))
      .map((component) => component.querySelector(selector))
      .find(Boolean);
  }

  async tap(selector) {
    await this.happens(selector, "tap", {});
  }

  async type(selector, value) {
    await this.happens(selector, "input", { value });
  }

  async choose(selector, value) {
    await this.happens(selector, "change", { value });
  }

  async happens(selector, event, detail) {
    const found = this.find(selector);
    if (!found) throw new Error(`no ${selector} on the page: ${this.text}`);
    found.dispatchEvent(event, { detail });
    await this.settle();
  }

  /** Let everything happen that is on its way. */
  async settle() {
    for (let turn = 0; turn < 60; turn = this.phone.underway ? 0 : turn + 1) await new Promise((resolve) => setImmediate(resolve));
  }
}

module.exports = { Phone, APP };
