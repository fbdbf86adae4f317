// Districts with their sub-districts, for a picker of two columns whose first choices are "not known".

const { say } = require("./language");

/** @typedef {import("../../types/api").Schemas["Jurisdiction"]} Jurisdiction */
/** @typedef {{code: string, name: string}} Named */
/** @typedef {Named & {parts: Named[]}} Area */

/**
 * @param {Jurisdiction[]} jurisdictions
 * @param {{areaNone: string, areaWhole: string}} words
 * @returns {Area[]}
 */
function areasOf(jurisdictions, words) {
  const districts = jurisdictions.filter(({ level }) => level === "district");
  const none = { code: "", name: words.areaNone };
  return [
    { ...none, parts: [none] },
    ...districts.map((district) => {
      const name = say(district, "name");
      const parts = jurisdictions
        .filter(({ level, parent }) => level === "subdistrict" && parent === district.code)
        .map((part) => ({ code: part.code, name: say(part, "name") }));
      return { code: district.code, name, parts: [{ code: "", name: name + words.areaWhole }, ...parts] };
    }),
  ];
}

module.exports = { areasOf };
