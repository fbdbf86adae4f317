// Each page as its reader meets it: in WeChat's simulator, against a hotline that a test commands.

const assert = require("node:assert/strict");
const path = require("node:path");
const test = require("node:test");

const { Phone, APP } = require("./support/phone");
const { hotline, refusal, APPEAL, QUESTIONS, RECEIPT, SERVICES, SURVEY } = require("./support/hotline");

const hand = require(path.join(APP, "lib", "hand"));
const kept = require(path.join(APP, "lib", "kept"));
const { pages } = require(path.join(APP, "app.json"));

const HERE = { number: RECEIPT.tracking_number, key: RECEIPT.secret_key };
const DOWN = new Error("timeout");

/** The progress page of the appeal. */
async function progressOf(phone) {
  hand.over("progress", HERE);
  return phone.open("progress");
}

const bodyOf = (phone, call) =>
  phone.requests.find(({ method, url }) => `${method} ${new URL(url).pathname}` === call)?.data;

for (const name of pages.map((page) => page.split("/").pop())) {
  test(`${name} opens in both languages, in large text, and sends nothing before consent`, async () => {
    const before = new Phone({ consented: false, answer: hotline() });
    await before.open(name, { token: "t0ken" });
    assert.deepEqual(before.requests, []);
    const titles = [];
    for (const language of ["zh_CN", "en"]) {
      const phone = new Phone({ language, answer: hotline() });
      phone.storage.set("care", "true");
      const page = await phone.open(name, { token: "t0ken" });
      assert.ok(name === "web" || page.has(".care"), "large text");
      assert.doesNotMatch(page.text, /undefined|null|\[object/);
      if (language === "en") assert.doesNotMatch(page.text.replace(/中文/g, ""), /[\u4e00-\u9fff]/, "no Chinese in English");
      titles.push(phone.title);
    }
    assert.equal(new Set(titles).size, 2);
  });
}

test("home asks for consent, lets go on without it only to the telephone, and switches the language", async () => {
  const phone = new Phone({ consented: false });
  const home = await phone.open("home");
  assert.match(home.text, /110 报警119/);
  await home.tap(".refuse");
  assert.match(home.text, /没有您的同意/);
  assert.doesNotMatch(home.text, /反映问题/);
  await home.tap(".call");
  await home.tap(".line");
  assert.deepEqual(phone.calls, ["12345", "110"]);
  await home.happens(".agree", "agreeprivacyauthorization", {});
  assert.match(home.text, /反映问题/);
  await home.tap(".language");
  assert.match(home.text, /Report a problem/);
  assert.equal(phone.title, "City hotline 12345");
});

// ---- report

test("a report with topic, picture and position is registered, and its receipt shows number and key", async () => {
  const service = { ...SERVICES[2], fields: QUESTIONS };
  const phone = new Phone({ answer: hotline({ "GET /services/water.outage": service }) });
  const report = await phone.open("report");
  await report.choose(".types", "complaint");
  await report.type(".text", "  家里停水了 ");
  hand.over("report", SERVICES[2]);
  report.page.triggerPageLifeTime("show");
  await report.settle();
  assert.match(report.text, /停水.*影响范围.*仅自家/);

  await report.tap(".send");
  assert.match(report.text, /影响范围必填/, "what the topic must know is asked for");
  await report.choose(".answer", "home");
  report.page.instance.onDate({ currentTarget: { dataset: { code: "since", index: 1 } }, detail: { value: "2026-11-24" } });

  phone.chosen = [
    { tempFilePath: "wxfile://1.jpeg", size: 2000 },
    { tempFilePath: "wxfile://2.gif", size: 2000 },
  ];
  await report.tap(".add-photos");
  assert.match(report.text, /有照片不能用/);
  phone.location = { latitude: 39.908692, longitude: 116.397477, name: "天安门", address: "北京市东城区" };
  await report.tap(".map");
  await report.choose(".area", [1, 1]);
  assert.match(report.text, /朝阳区 八里庄街道/);
  await report.type(".phone", "13800138000");
  await report.tap(".send");

  const { place, ...appeal } = bodyOf(phone, "POST /appeals");
  assert.deepEqual(appeal, {
    type: "complaint",
    text: "家里停水了",
    service_code: "water.outage",
    contact: { phone: "13800138000" },
    channel: "miniprogram",
    language: "zh-CN",
    fields: { extent: "home", since: "2026-11-23T16:00:00.000Z" },
  });
  const { lat, long, ...words } = place;
  assert.deepEqual(words, { district: "110105", subdistrict: "110105015", address_text: "北京市东城区 天安门" });
  assert.ok(Math.abs(lat - 39.90729) < 1e-4 && Math.abs(long - 116.391234) < 1e-4, `${lat} ${long} in WGS 84`);

  assert.deepEqual(phone.visits, ["/pages/receipt/receipt"]);
  const receipt = await phone.open("receipt");
  assert.match(receipt.text, /0041 0610 50R3 GG28 A.*k3y-of-the-citizen.*派单时限 2026年11月24日 00:35.*照片已上传/);
  assert.equal(phone.uploads.length, 1);
  await receipt.tap(".copy");
  assert.match(phone.copied, /0041061050R3GG28A\n.*k3y-of-the-citizen/);
  await receipt.tap(".track");
  assert.match((await phone.open("progress")).text, /办理中/);
  assert.deepEqual(kept.list().map(({ number, key }) => ({ number, key })), [HERE]);
  assert.doesNotMatch(JSON.stringify([...phone.storage]), /停水|13800138000/, "no words and no phone stay on the phone");
  for (const visit of phone.visits) assert.doesNotMatch(visit, /k3y|0041/);
});

test("my position goes along as it is; a refused one is said and the address will do", async () => {
  const phone = new Phone({ language: "en", answer: hotline() });
  const report = await phone.open("report");
  await report.tap(".here");
  assert.match(report.text, /No position was given/);
  phone.location = { latitude: 39.9, longitude: 116.4 };
  await report.tap(".here");
  assert.match(report.text, /A position is attached/);
  await report.type(".text", "Street light out");
  await report.tap(".send");
  const { place, language } = bodyOf(phone, "POST /appeals");
  assert.deepEqual([place, language], [{ lat: 39.9, long: 116.4 }, "en"]);
});

test("an answer that got lost leaves one button, which sends the same under the same key", async () => {
  const phone = new Phone({ answer: hotline({ "POST /appeals": DOWN }) });
  const report = await phone.open("report");
  await report.type(".text", "路灯不亮");
  await report.tap(".send");
  assert.match(report.text, /还没有收到回音.*没有连上网络/);
  assert.ok(!report.has(".send"));
  assert.match((await phone.open("home")).text, /有一件诉求还没有收到回音/);

  phone.answer = hotline();
  const again = await phone.open("report");
  await again.tap(".send-again");
  const sent = phone.requests.filter(({ method }) => method === "POST");
  assert.equal(sent.length, 4);
  assert.equal(new Set(sent.map(({ header }) => header["Idempotency-Key"])).size, 1);
  assert.deepEqual(phone.visits, ["/pages/receipt/receipt"]);
});

test("giving up what waits asks first", async () => {
  const phone = new Phone({ answer: hotline({ "POST /appeals": DOWN }) });
  const report = await phone.open("report");
  await report.type(".text", "路灯不亮");
  await report.tap(".send");
  phone.agrees = false;
  await report.tap(".drop");
  assert.ok(report.has(".send-again"));
  phone.agrees = true;
  await report.tap(".drop");
  assert.ok(report.has(".send"));
  assert.equal(report.data.form.text, "路灯不亮", "what was typed is still there");
});

test("what the hotline finds wrong stands at its input", async () => {
  const errors = [{ field: "contact.phone", message: "不是电话号码", message_en: "is no number" }];
  const no = { status: 400, data: refusal("invalid-input", "提交的内容有误", "The input is not valid", { errors }) };
  const phone = new Phone({ answer: hotline({ "POST /appeals": no }) });
  const report = await phone.open("report");
  await report.tap(".send");
  assert.match(report.text, /必填/);
  assert.equal(bodyOf(phone, "POST /appeals"), undefined);
  await report.type(".text", "路灯不亮");
  await report.type(".phone", "12");
  await report.tap(".send");
  assert.match(report.text, /不是电话号码.*提交的内容有误/);
});

test("what was typed comes back with the page, and only a complaint or a report can be confidential", async () => {
  const phone = new Phone({ answer: hotline() });
  const report = await phone.open("report");
  await report.type(".text", "有人违规");
  await report.choose(".confidential", true);
  report.page.triggerPageLifeTime("hide");
  const back = await phone.open("report");
  assert.equal(back.data.form.text, "有人违规");
  assert.ok(back.has(".confidential"));
  await back.choose(".types", "suggestion");
  assert.ok(!back.has(".confidential"));
  await back.tap(".send");
  assert.equal(bodyOf(phone, "POST /appeals").confidential, undefined);
});

test("an emergency is answered with the number to call first, one tap away", async () => {
  const emergency = { numbers: ["119"], advice_zh: "请先拨打 119", advice_en: "Call 119 first" };
  const phone = new Phone({ answer: hotline({ "POST /appeals": { ...RECEIPT, emergency } }) });
  const report = await phone.open("report");
  assert.ok(!report.has(".urgent"));
  await report.type(".text", "楼上着火了");
  assert.match(report.text, /听起来有危险，请先拨打119 火警/);
  assert.ok(phone.requests.every(({ method }) => method === "GET"), "nothing is sent to find that out");
  await report.tap(".send");
  const receipt = await phone.open("receipt");
  assert.ok(receipt.text.startsWith("请先拨打 119"));
  await receipt.tap(".line");
  assert.deepEqual(phone.calls, ["119"]);
});

test("pictures that did not get through can be sent again, and a receipt is shown once", async () => {
  const offers = `POST /appeals/${HERE.number}/attachments`;
  const phone = new Phone({ answer: hotline({ [offers]: DOWN }) });
  const photos = [{ path: "wxfile://1.png", size: 9, name: "photo-1.png", type: "image/png" }];
  hand.over("receipt", { receipt: RECEIPT, photos });
  const receipt = await phone.open("receipt");
  assert.match(receipt.text, /有照片没有传上去/);
  phone.answer = hotline();
  await receipt.tap(".photos-again");
  assert.match(receipt.text, /照片已上传/);
  assert.match((await phone.open("receipt")).text, /回执只显示一次/);
});

// ---- track and progress

test("number and key lead to the progress and are remembered if wanted", async () => {
  const phone = new Phone({ answer: hotline() });
  const track = await phone.open("track");
  await track.tap(".show");
  assert.match(track.text, /必填/);
  await track.type(".number", HERE.number);
  await track.type(".key", ` ${HERE.key} `);
  await track.tap(".show");
  assert.deepEqual(phone.visits, ["/pages/progress/progress"]);
  assert.equal(kept.list()[0].key, HERE.key);
  const progress = await phone.open("progress");
  assert.match(progress.text, /办理中接下来承办单位正在办理.*办结时限 2026年11月25日 00:05.*承办单位 八里庄街道.*路灯不亮/);
  assert.doesNotMatch(progress.text, /联系您的时限/, "a limit that is over for the citizen is not shown");
  assert.match(progress.text, /2026年11月24日 00:05已受理路灯不亮2026年11月24日 00:06已派单/);
});

test("the code of a receipt opens its appeal, another code does not", async () => {
  const phone = new Phone({ answer: hotline() });
  const track = await phone.open("track");
  for (const scanned of [`https://hotline.example/v1/track#${HERE.number}.${HERE.key}`, `${HERE.number} ${HERE.key}`]) {
    phone.visits = [];
    phone.scanned = scanned;
    await track.tap(".scan");
    assert.deepEqual(phone.visits, ["/pages/progress/progress"]);
    assert.deepEqual(hand.take("progress"), HERE);
  }
  phone.scanned = "https://elsewhere.example/pay";
  await track.tap(".scan");
  assert.match(track.text, /这个二维码不是回执上的/);
});

test("a wrong number and a wrong key are told alike; no network is told apart", async () => {
  const phone = new Phone({ answer: hotline() });
  const track = await phone.open("track");
  await track.type(".number", "x");
  await track.type(".key", "y");
  await track.tap(".show");
  assert.match(track.text, /没有查到/);
  phone.answer = hotline({ "GET /appeals/x": DOWN });
  await track.tap(".show");
  assert.match(track.text, /没有连上网络/);
  assert.deepEqual([phone.visits, kept.list()], [[], []]);
});

test("an overdue limit is called so, and a broken connection offers another try", async () => {
  const phone = new Phone({ answer: hotline({ [`GET /appeals/${HERE.number}`]: DOWN }) });
  const progress = await progressOf(phone);
  assert.match(progress.text, /没有连上网络/);
  const due = [{ clock: "handling", due_at: "2020-01-01T00:00:00Z", rule_id: "h" }];
  phone.answer = hotline({ [`GET /appeals/${HERE.number}`]: { ...APPEAL, due } });
  await progress.tap(".again");
  assert.match(progress.text, /已超时/);
  assert.match((await phone.open("progress")).text, /请从“我的诉求”或“查询进度”进入/, "without number and key");
});

test("a citizen adds words and pictures, chooses messages and withdraws", async () => {
  const phone = new Phone({ language: "en", answer: hotline() });
  const progress = await progressOf(phone);
  await progress.type(".text", "It happened again");
  await progress.tap(".supplement");
  assert.match(progress.text, /Added/);
  assert.deepEqual(bodyOf(phone, `POST /appeals/${HERE.number}/supplements`), { text: "It happened again" });
  phone.chosen = [{ tempFilePath: "wxfile://3.webp", size: 3000 }];
  await progress.tap(".add-photos");
  assert.match(progress.text, /Sent/);
  assert.deepEqual(bodyOf(phone, `POST /appeals/${HERE.number}/attachments`), {
    content_type: "image/webp",
    size_bytes: 3000,
    file_name: "photo-1.webp",
  });
  await progress.tap(".notices-off");
  assert.deepEqual(bodyOf(phone, `POST /appeals/${HERE.number}/notices`), { wanted: false });
  phone.agrees = false;
  await progress.tap(".withdraw");
  assert.equal(phone.requests.filter(({ url }) => url.endsWith("withdrawal")).length, 0);
  phone.agrees = true;
  await progress.tap(".withdraw");
  assert.equal(phone.requests.filter(({ url }) => url.endsWith("withdrawal")).length, 1);
});

test("what is ended can no longer be added to, and an answer of the hotline's own is shown", async () => {
  const conclusion = { conclusion: "answered", text_zh: "热线已答复", text_en: "Answered", text: "办事指南见…" };
  const closed = { ...APPEAL, status: "closed", status_type: "ended", status_zh: "已办结", conclusion };
  const phone = new Phone({ answer: hotline({ [`GET /appeals/${HERE.number}`]: closed }) });
  const progress = await progressOf(phone);
  assert.match(progress.text, /已办结.*热线已答复办事指南见/);
  assert.ok(!progress.has(".supplement") && !progress.has(".withdraw"));
});

// ---- survey

test("the survey is one tap from the progress, needs three answers and says what follows", async () => {
  const waits = { ...APPEAL, status: "surveying", survey: { token: "t0ken", expires_at: SURVEY.expires_at } };
  const phone = new Phone({ answer: hotline({ [`GET /appeals/${HERE.number}`]: waits }) });
  await (await progressOf(phone)).tap(".survey");
  assert.deepEqual(phone.visits, ["/pages/survey/survey"]);
  const survey = await phone.open("survey");
  await survey.tap(".send");
  assert.match(survey.text, /请回答每个问题/);
  for (const [field, value] of [["contacted", "yes"], ["resolved", "no"], ["satisfied", "no"]]) {
    survey.page.instance.onAnswer({ currentTarget: { dataset: { field } }, detail: { value } });
  }
  await survey.type(".comment", "又来了");
  await survey.tap(".send");
  const said = { contacted: true, resolved: false, satisfied: false, comment: "又来了" };
  assert.deepEqual(bodyOf(phone, "POST /surveys/t0ken"), said);
  assert.match(survey.text, /感谢您的评价已办结/);
});

test("the link of a text message opens the survey after consent; an unknown or closed one says so", async () => {
  const phone = new Phone({ consented: false, answer: hotline() });
  const survey = await phone.open("survey", { token: "t0ken" });
  await survey.happens(".agree", "agreeprivacyauthorization", {});
  assert.match(survey.text, /联系您了吗？是否解决了吗？/);
  assert.match((await phone.open("survey", { token: "other" })).text, /没有找到这份回访/);
  assert.match((await phone.open("survey")).text, /没有找到这份回访/);
  const closed = { status: 410, data: refusal("survey-closed", "回访已结束", "This survey has ended") };
  phone.answer = hotline({ "GET /surveys/t0ken": closed });
  assert.match((await phone.open("survey", { token: "t0ken" })).text, /回访已结束/);
});

// ---- my appeals

test("the appeals of this phone are listed, opened and removed", async () => {
  const phone = new Phone({ answer: hotline() });
  assert.match((await phone.open("mine")).text, /还没有诉求/);
  kept.add({ ...HERE, spoken: "0041 0610", type: "complaint", registeredAt: RECEIPT.registered_at });
  const mine = await phone.open("mine");
  assert.match(mine.text, /0041 0610投诉 2026年11月24日 00:05/);
  await mine.tap(".open");
  assert.match((await phone.open("progress")).text, /办理中/);
  await mine.tap(".forget");
  assert.match(mine.text, /还没有诉求/);
});

test("a proven number shows its appeals with a pass that is stored nowhere", async () => {
  const phone = new Phone({ answer: hotline() });
  const mine = await phone.open("mine");
  await mine.type(".phone", "13800138000");
  await mine.tap(".ask-code");
  assert.match(mine.text, /验证码已经发出/);
  assert.deepEqual(bodyOf(phone, "POST /phone-codes"), { phone: "13800138000", language: "zh-CN" });
  await mine.type(".code-input", "123456");
  await mine.tap(".check-code");
  assert.match(mine.text, /0041 0610 50R3 GG28 A办理中 · 路灯不亮/);
  await mine.tap(".more");
  assert.match(phone.requests.at(-1).url, /cursor=more/);
  assert.doesNotMatch(JSON.stringify([...phone.storage]), /pass|lent|13800138000/);
  await mine.tap(".survey");
  assert.match((await phone.open("survey")).text, /联系您了吗/);
  const expired = { status: 403, data: refusal("pass-expired", "验证已过期", "Your proof has expired") };
  phone.answer = hotline({ "GET /my/appeals": expired });
  await mine.tap(".more");
  assert.match(mine.text, /验证已过期/);
  assert.ok(mine.has(".ask-code"), "it leads back to the number");
});

// ---- services, settings, web

test("the catalogue is found by words and leads to a report", async () => {
  const phone = new Phone({ answer: hotline() });
  const services = await phone.open("services");
  await services.type(".search", "工地噪音");
  assert.match(services.text, /^工地夜间噪音噪音$/);
  await services.type(".search", "xyz");
  assert.match(services.text, /没有找到/);
  await services.type(".search", "light");
  await services.tap(".service");
  assert.deepEqual(phone.visits, ["/pages/report/report"]);
  assert.equal((await phone.open("report")).data.form.service, "light.out");
  const choosing = await phone.open("services", { choose: "1" });
  await choosing.tap(".service");
  assert.equal(phone.visits.at(-1), "back");
});

test("settings keep language and size, and clearing forgets everything, the consent too", async () => {
  const phone = new Phone({ answer: hotline() });
  kept.add({ ...HERE, spoken: "", type: "help", registeredAt: RECEIPT.registered_at });
  const settings = await phone.open("settings");
  await settings.choose(".language", "en");
  await settings.choose(".care-switch", true);
  assert.match(settings.text, /Large text/);
  assert.ok((await phone.open("home")).has(".care"));
  await settings.tap(".clear");
  assert.equal(phone.storage.size, 0);
  assert.match((await phone.open("home")).text, /同意并继续/);
});
