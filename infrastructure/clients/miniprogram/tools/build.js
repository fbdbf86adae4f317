// Compile every template and style sheet with WeChat's own compilers, as the developer tool does, and weigh the package.

const fs = require("node:fs");
const path = require("node:path");
const compiler = require("miniprogram-compiler");

const APP = path.join(__dirname, "..", "app");
const MOST_BYTES = 2 * 1024 * 1024; // of a package without subpackages

const files = fs
  .readdirSync(APP, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => path.join(entry.parentPath || entry.path, entry.name));
const { pages } = JSON.parse(fs.readFileSync(path.join(APP, "app.json"), "utf8"));

global.window = {}; // where the compiled templates look for what a phone gives them
const template = new Function(compiler.wxmlToJs(APP))();
for (const page of pages) {
  if (typeof template(`${page}.wxml`) !== "function") throw new Error(`${page}.wxml was not compiled`);
}
if (!compiler.wxssToJs(APP).includes("app.wxss")) throw new Error("app.wxss was not compiled");

const bytes = files.reduce((sum, file) => sum + fs.statSync(file).size, 0);
if (bytes > MOST_BYTES) throw new Error(`the package has ${bytes} bytes, more than ${MOST_BYTES}`);
console.log(`${pages.length} pages, ${files.length} files, ${Math.ceil(bytes / 1024)} KB of ${MOST_BYTES / 1024} KB`);
