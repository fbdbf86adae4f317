// The program against a deployed hotline: its pages in the simulator, wx.request and wx.uploadFile over fetch.
//
//   node tests/live.js report <API> <storage file> '{"text": …, "phone": …, "subdistrict": …, "picture": a JPEG}'
//   node tests/live.js survey <API> <storage file> '{"contacted": true, …}'
//
// `report` sends an appeal whose first answer gets lost on the way; `survey` finds it under My appeals, reads how far it
// is and answers. Both print one line of JSON; the storage file is the phone's memory in between.

const fs = require("node:fs");
const path = require("node:path");
const later = global.setTimeout;
const { Phone, APP } = require("./support/phone");

const [, , act, api, memory, given] = process.argv;
require(path.join(APP, "config")).apiBase = api;
const wishes = JSON.parse(given);

class LivePhone extends Phone {
  hurry() {
    global.setTimeout = later;
  }
}

async function overFetch(request) {
  const answer = request.filePath ? await sent(request) : await asked(request);
  const text = await answer.text();
  const isJson = (answer.headers.get("Content-Type") || "").includes("json");
  return { status: answer.status, data: isJson ? JSON.parse(text) : text };
}

function asked({ url, method, header, data }) {
  return fetch(url, { method, headers: header, body: data && JSON.stringify(data) });
}

function sent({ url, name, filePath, formData }) {
  const form = new FormData();
  for (const [field, value] of Object.entries(formData)) form.append(field, value);
  form.append(name, new Blob([fs.readFileSync(filePath)]), path.basename(filePath));
  return fetch(url, { method: "POST", body: form });
}

async function report(phone) {
  let lost = 0;
  phone.answer = async (request) => {
    const answer = await overFetch(request);
    if (request.method === "POST" && request.url.endsWith("/appeals") && lost++ === 0) throw new Error("lost");
    return answer;
  };
  const page = await phone.open("report");
  await page.choose(".types", "complaint");
  await page.type(".text", wishes.text);
  await page.type(".phone", wishes.phone);
  const { areas } = page.data;
  const district = areas.findIndex(({ code }) => code && wishes.subdistrict.startsWith(code));
  await page.choose(".area", [district, areas[district].parts.findIndex(({ code }) => code === wishes.subdistrict)]);
  phone.location = { latitude: 39.921, longitude: 116.4865 };
  await page.tap(".here");
  phone.chosen = [{ tempFilePath: wishes.picture, size: fs.statSync(wishes.picture).size }];
  await page.tap(".add-photos");
  await page.tap(".send");
  while (page.data.sending) await page.settle();
  const receipt = await phone.open("receipt");
  const posts = phone.requests.filter(({ method, url }) => method === "POST" && url.endsWith("/appeals"));
  return { said: receipt.text, trouble: page.data.trouble, posts: posts.length };
}

async function survey(phone) {
  phone.answer = overFetch;
  const mine = await phone.open("mine");
  await mine.tap(".open");
  const progress = await phone.open("progress");
  const seen = progress.text;
  await progress.tap(".survey");
  const page = await phone.open("survey");
  for (const { field } of page.data.questions) {
    const value = wishes[field] ? "yes" : "no";
    page.page.instance.onAnswer({ currentTarget: { dataset: { field } }, detail: { value } });
  }
  await page.tap(".send");
  return { seen, pictures: progress.data.pictures, result: page.data.result, trouble: page.data.trouble };
}

async function main() {
  const phone = new LivePhone();
  if (fs.existsSync(memory)) phone.storage = new Map(JSON.parse(fs.readFileSync(memory, "utf8")));
  const told = await { report, survey }[act](phone);
  fs.writeFileSync(memory, JSON.stringify([...phone.storage]));
  console.log(JSON.stringify({ ...told, kept: JSON.parse(phone.storage.get("appeals") || "[]") }));
  process.exit(0);
}

main();
