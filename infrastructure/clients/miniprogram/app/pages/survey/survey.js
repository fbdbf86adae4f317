// Three questions whose answers decide. Opened from an appeal, or from the link of a text message (?token=…).

const client = require("../../api/client");
const hand = require("../../lib/hand");
const reader = require("../../lib/reader");
const { language, say, words } = require("../../lib/language");
const { moment } = require("../../lib/moments");
const { Refused } = require("../../api/errors");

/** @typedef {import("../../../types/api").Schemas["SurveyQuestion"]["field"]} Question */

Component({
  behaviors: [reader],
  data: {
    section: "survey",
    token: "",
    /** @type {{field: Question, text: string}[]} */
    questions: [],
    number: "",
    until: "",
    answered: false,
    unknown: false,
    needed: false,
    /** @type {Partial<Record<Question, boolean>>} */
    answers: {},
    comment: "",
    result: "",
  },
  methods: {
    /** @param {{token?: string}} query */
    async onLoad(query) {
      this.setData({ token: hand.take("survey") || query.token || "" });
      await this.load();
    },

    async load() {
      const { token, consented } = this.data;
      if (!consented) return;
      const survey = token ? await this.attempt(() => client.showSurvey(token).catch(nothingFound)) : null;
      this.setData({ unknown: survey === null });
      if (!survey) return;
      this.setData({
        questions: survey.questions.map((each) => ({ field: each.field, text: say(each, "text") })),
        number: survey.tracking_number,
        until: moment(survey.expires_at, language()),
        answered: Boolean(survey.answered),
      });
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onAnswer(event) {
      const { field } = event.currentTarget.dataset;
      this.setData({ answers: { ...this.data.answers, [field]: event.detail.value === "yes" }, needed: false });
    },

    /** @param {WechatMiniprogram.CustomEvent} event */
    onComment(event) {
      this.setData({ comment: event.detail.value });
    },

    /** The same answer counts once, so sending it again after a lost answer does no harm. */
    async send() {
      const { answers, token, comment } = this.data;
      const { contacted, resolved, satisfied } = answers;
      if (contacted === undefined || resolved === undefined || satisfied === undefined) {
        this.setData({ needed: true });
        return;
      }
      const said = { contacted, resolved, satisfied, ...(comment.trim() ? { comment: comment.trim() } : {}) };
      const result = await this.attempt(() => client.answerSurvey(token, said));
      if (result) this.setData({ result: say(result, "status") || words().survey.thanks });
    },
  },
});

/** @param {unknown} error */
function nothingFound(error) {
  if (error instanceof Refused && error.status === 404) return null;
  throw error;
}
