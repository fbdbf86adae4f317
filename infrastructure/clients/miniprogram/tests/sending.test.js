// Nothing leaves without consent, nothing registers twice, and no secret stands in an address.

const assert = require("node:assert/strict");
const path = require("node:path");
const test = require("node:test");

const { Phone, APP } = require("./support/phone");
const { hotline, refusal, RECEIPT } = require("./support/hotline");

const client = require(path.join(APP, "api", "client"));
const submissions = require(path.join(APP, "lib", "submissions"));
const { ConsentMissing, Refused, Unreachable } = require(path.join(APP, "api", "errors"));

const HOLDER = { number: RECEIPT.tracking_number, key: RECEIPT.secret_key };
const WORDS = { type: "complaint", text: "路灯不亮" };
const register = () => submissions.submit("appeal", WORDS, client.registerAppeal);
const keysOf = (phone) => phone.requests.map(({ header }) => header["Idempotency-Key"]);

test("without consent no call of any kind reaches the network", async () => {
  const phone = new Phone({ consented: false, answer: hotline() });
  const calls = Object.values(client).map((call) => call(HOLDER, {}, "x"));
  for (const result of await Promise.allSettled(calls)) assert.ok(result.reason instanceof ConsentMissing);
  assert.deepEqual([phone.requests, phone.uploads], [[], []]);
});

test("a body carries what the operation takes and nothing more", async () => {
  const phone = new Phone({ answer: hotline() });
  await client.registerAppeal({ ...WORDS, openid: "o", service_code: undefined }, "a-key-of-8");
  assert.deepEqual(phone.requests[0].data, WORDS);
});

test("keys and passes travel in headers, never in an address", async () => {
  const phone = new Phone({ answer: hotline() });
  await client.trackAppeal(HOLDER);
  await client.listOwnAppeals("pass", "next page");
  assert.deepEqual(phone.requests.map(({ url }) => url.replace(/^https:..[^/]+/, "")), [
    `/appeals/${HOLDER.number}`,
    "/my/appeals?cursor=next%20page",
  ]);
  assert.equal(phone.requests[0].header["X-Tracking-Key"], HOLDER.key);
  assert.equal(phone.requests[1].header["X-Citizen-Token"], "pass");
});

test("a lost answer is asked for again with the same key and the same content", async () => {
  let tries = 0;
  const answer = () => (++tries < 3 ? new Error("timeout") : { status: 201, data: RECEIPT });
  const phone = new Phone({ answer: hotline({ "POST /appeals": answer }) });
  assert.equal((await register()).tracking_number, RECEIPT.tracking_number);
  assert.equal(new Set(keysOf(phone)).size, 1);
  assert.match(keysOf(phone)[0], /^[0-9a-f]{32}$/);
  assert.deepEqual(phone.requests.map(({ data }) => data), [WORDS, WORDS, WORDS]);
  assert.deepEqual(phone.waits, [1000, 3000]);
  assert.equal(submissions.waiting("appeal"), undefined);
});

test("what was never answered outlives the program and keeps its key", async () => {
  const offline = new Phone({ answer: hotline({ "POST /appeals": new Error("timeout") }) });
  await assert.rejects(register, Unreachable);
  const later = new Phone({ answer: hotline() });
  later.storage = offline.storage;
  assert.deepEqual(submissions.waiting("appeal").content, WORDS);
  await register();
  assert.equal(keysOf(later)[0], keysOf(offline)[0]);
});

test("a busy hotline is asked again, a clear no is not", async () => {
  const busy = new Phone({ answer: hotline({ "POST /appeals": { status: 503, data: refusal("unavailable") } }) });
  await assert.rejects(register, (error) => error instanceof Refused && error.passing);
  assert.equal(busy.requests.length, 3);
  const clear = new Phone({ answer: hotline({ "POST /appeals": { status: 400, data: refusal("invalid-input") } }) });
  await assert.rejects(register, (error) => error.code === "invalid-input");
  assert.equal(clear.requests.length, 1);
  assert.equal(submissions.waiting("appeal"), undefined);
});

test("two matters have two keys, and what waits goes first", async () => {
  const path_ = `POST /appeals/${HOLDER.number}/supplements`;
  const add = (text) =>
    submissions.submit("supplement", text, (content, id) => client.supplementAppeal(HOLDER, content, id));
  const phone = new Phone({ answer: hotline({ [path_]: new Error("timeout") }) });
  await assert.rejects(() => add("一"), Unreachable);
  phone.answer = hotline();
  await add("二");
  const sent = phone.requests.slice(3);
  assert.deepEqual(sent.map(({ data }) => data.text), ["一", "二"]);
  const [first, second] = keysOf(phone).slice(3);
  assert.equal(first, keysOf(phone)[0]);
  assert.notEqual(first, second);
});

test("a picture goes where the hotline says, its fields first", async () => {
  const phone = new Phone({ answer: hotline() });
  const percents = [];
  const picture = { content_type: "image/jpeg", size_bytes: 5, file_name: "photo-1.jpeg" };
  await client.sendPicture(HOLDER, picture, "wxfile://1.jpg", (percent) => percents.push(percent));
  const [upload] = phone.uploads;
  assert.deepEqual([upload.url, upload.name, upload.filePath], ["https://uploads.hotline.example/", "file", "wxfile://1.jpg"]);
  assert.deepEqual(upload.formData, { key: "a01", policy: "p" });
  assert.equal(upload.header, undefined, "the key of the appeal stays with the hotline");
  assert.deepEqual(percents, [50]);
});
