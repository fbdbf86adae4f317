// Rules without a page: places on the map, times of the city, words that find a topic, and the two languages.

const assert = require("node:assert/strict");
const path = require("node:path");
const test = require("node:test");
const gcoord = require("gcoord");

const { Phone, APP } = require("./support/phone");
const { SERVICES, VOCABULARY } = require("./support/hotline");

new Phone();
const lib = (name) => require(path.join(APP, "lib", name));

test("a point of the map is the same place in WGS 84, to a tenth of a metre", () => {
  const { toWgs84 } = lib("coordinates");
  for (let long = 75; long <= 134; long += 5.9) {
    for (let lat = 19; lat <= 52; lat += 3.3) {
      const [east, north] = gcoord.transform([long, lat], gcoord.WGS84, gcoord.GCJ02);
      const back = toWgs84({ lat: north, long: east });
      assert.ok(Math.abs(back.lat - lat) < 1.5e-6 && Math.abs(back.long - long) < 1.5e-6, `${lat} ${long}`);
    }
  }
});

test("times are the city's, whatever zone the phone is in", () => {
  const { moment, startOf } = lib("moments");
  assert.equal(moment("2026-11-23T16:05:00Z", "zh-CN"), "2026年11月24日 00:05");
  assert.equal(moment("2026-11-24T00:05:00+08:00", "en"), "24 November 2026, 00:05");
  assert.equal(startOf("2026-11-24"), "2026-11-23T16:00:00.000Z");
});

test("a topic is found by any of its words, the best first", () => {
  const { search } = lib("search");
  const found = (words) => search(SERVICES, words, VOCABULARY).map(({ service_code }) => service_code);
  assert.deepEqual(found("楼下工地晚上有噪音"), ["noise.site"]);
  assert.deepEqual(found("NOISE"), ["noise.site"]);
  assert.deepEqual(found("路灯，停水"), ["light.out", "water.outage"]);
  assert.equal(found(" ").length, SERVICES.length);
  assert.deepEqual(found("驴"), []);
  assert.deepEqual(found("家里没水了"), ["water.outage"], "an everyday word");
  assert.equal(found("半夜")[0], "noise.site", "as one types");
  assert.deepEqual(found("Street Lights"), ["light.out"]);
});

test("words call for a number as they do at the hotline itself", () => {
  const { emergencyNumbers } = lib("vocabulary");
  const numbers = (text) => emergencyNumbers(VOCABULARY, text);
  assert.deepEqual(numbers("三楼着火了，快来"), ["119"]);
  assert.deepEqual(numbers("楼道有火灾隐患"), [], "the longer word is the exception");
  assert.deepEqual(numbers("有人打 人，还　着火"), ["110", "119"]);
  assert.deepEqual(numbers("ＧＡＳ  leaks here"), ["119"]);
  assert.deepEqual(numbers("a gas leakage"), []);
});
