// What the hotline answers, as far as the tests need it.

const RECEIPT = {
  tracking_number: "0041061050R3GG28A",
  tracking_number_spoken: "0041 0610 50R3 GG28 A",
  secret_key: "k3y-of-the-citizen",
  status: "registered",
  registered_at: "2026-11-23T16:05:00Z",
  due: [{ clock: "dispatch", due_at: "2026-11-23T16:35:00Z", rule_id: "dispatch-1" }],
};

const APPEAL = {
  tracking_number: RECEIPT.tracking_number,
  tracking_number_spoken: RECEIPT.tracking_number_spoken,
  version: 3,
  type: "complaint",
  service: { service_code: "light.out", name_zh: "路灯不亮", name_en: "Street light out" },
  status: "in_progress",
  status_type: "working",
  status_zh: "办理中",
  status_en: "In progress",
  agency_zh: "八里庄街道",
  agency_en: "Balizhuang",
  registered_at: RECEIPT.registered_at,
  due: [
    { clock: "response", due_at: "2026-11-23T18:05:00Z", rule_id: "r" },
    { clock: "handling", due_at: "2026-11-24T16:05:00Z", rule_id: "h" },
  ],
  timeline: [
    { at: "2026-11-23T16:05:00Z", event: "AppealRegistered", text_zh: "已受理", text_en: "Registered", text: "路灯不亮" },
    { at: "2026-11-23T16:06:00Z", event: "WorkOrderDispatched", text_zh: "已派单", text_en: "Assigned" },
  ],
};

const SURVEY = {
  tracking_number: RECEIPT.tracking_number,
  language: "zh-CN",
  expires_at: "2026-12-01T16:00:00Z",
  questions: [
    { field: "contacted", text_zh: "联系您了吗？", text_en: "Were you contacted?" },
    { field: "resolved", text_zh: "解决了吗？", text_en: "Is it solved?" },
    { field: "satisfied", text_zh: "满意吗？", text_en: "Are you satisfied?" },
  ],
};

const SERVICES = [
  ["light.out", "路灯不亮", "Street light out", "city", "市政", "Streets", false],
  ["noise.site", "工地夜间噪音", "Noise of a building site", "noise", "噪音", "Noise", false],
  ["water.outage", "停水", "No water", "water", "供水", "Water", true],
].map(([service_code, name_zh, name_en, group, group_zh, group_en, has_fields]) => ({
  service_code, name_zh, name_en, group, group_zh, group_en, has_fields,
}));

const QUESTIONS = [
  {
    code: "extent", name_zh: "影响范围", name_en: "How many are affected", datatype: "singlevaluelist", required: true, order: 1,
    values: [{ key: "home", name_zh: "仅自家", name_en: "My home only" }],
  },
  { code: "since", name_zh: "开始时间", name_en: "Since when", datatype: "datetime", required: false, order: 2, values: [] },
];

const VOCABULARY = {
  version: "1",
  services: { "light.out": ["路灯", "street light"], "noise.site": ["工地噪音", "半夜施工"], "water.outage": ["没水", "no water"] },
  emergencies: { "着火": "119", "火灾": "119", "火灾隐患": "", "gas leak": "119", "打人": "110" },
};

const JURISDICTIONS = [
  { code: "110105", name_zh: "朝阳区", name_en: "Chaoyang", level: "district", parent: "110000" },
  { code: "110105015", name_zh: "八里庄街道", name_en: "Balizhuang", level: "subdistrict", parent: "110105" },
];

const OFFER = {
  attachment_id: "a01",
  url: "https://uploads.hotline.example/",
  fields: { key: "a01", policy: "p" },
  expires_at: "2026-11-23T16:20:00Z",
  max_bytes: 10485760,
};

const OK = {
  "GET /services": { version: "1", services: SERVICES },
  "GET /vocabulary": VOCABULARY,
  "GET /jurisdictions": { version: "1", jurisdictions: JURISDICTIONS },
  "POST /appeals": RECEIPT,
  [`GET /appeals/${RECEIPT.tracking_number}`]: APPEAL,
  [`GET /appeals/${RECEIPT.tracking_number}/attachments`]: { attachments: [] },
  [`POST /appeals/${RECEIPT.tracking_number}/attachments`]: OFFER,
  [`POST /appeals/${RECEIPT.tracking_number}/supplements`]: { work_order_id: "w", status: "in_progress", version: 4 },
  [`POST /appeals/${RECEIPT.tracking_number}/withdrawal`]: { work_order_id: "w", status: "withdrawn", version: 4 },
  [`POST /appeals/${RECEIPT.tracking_number}/notices`]: { wanted: false },
  "GET /surveys/t0ken": SURVEY,
  "POST /surveys/t0ken": { tracking_number: RECEIPT.tracking_number, status: "closed", status_zh: "已办结", status_en: "Closed" },
  "POST /phone-codes": { valid_seconds: 600, text_zh: "如果这个号码能收短信，验证码已经发出。", text_en: "If it can, it was sent." },
  "POST /phone-codes/verify": { citizen_token: "pass", expires_at: "2026-11-23T16:35:00Z" },
  "GET /my/appeals": {
    appeals: [{ ...APPEAL, key: "lent", survey: { token: "t0ken", expires_at: SURVEY.expires_at } }],
    since: "2026-08-25T16:00:00Z",
    expires_at: "2026-11-23T16:35:00Z",
    next: "more",
  },
};

/**
 * A hotline where all is well, except for what a test says otherwise.
 *
 * @param {Record<string, any>} [others] answers by "METHOD /path": data, or `{status, data}`, or an Error for none
 */
function hotline(others = {}) {
  return (request) => {
    if (request.url === OFFER.url) return { status: 204, data: "" };
    const call = `${request.method} ${new URL(request.url).pathname}`;
    const given = call in others ? others[call] : OK[call];
    const answer = typeof given === "function" ? given(request) : given;
    if (answer instanceof Error) throw answer;
    if (answer === undefined) return { status: 404, data: refusal("not-found", "没有找到", "Not found") };
    return answer.status && answer.data ? answer : { status: 200, data: answer };
  };
}

/** A refusal as the hotline words it. */
function refusal(code, detail, detail_en, more = {}) {
  return { type: `/problems/${code}`, title: code, status: 0, detail, detail_en, ...more };
}

module.exports = { hotline, refusal, RECEIPT, APPEAL, SURVEY, SERVICES, QUESTIONS, OFFER, VOCABULARY };
