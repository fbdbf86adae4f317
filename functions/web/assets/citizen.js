// What the citizens' pages do besides their markup. They work without it, too.
"use strict";

const form = document.getElementById("form");

// Answers of our own pages may be read as markup, and nothing ever becomes code (Trusted Types).
const ours = window.trustedTypes
  ? trustedTypes.createPolicy("pages", { createHTML: (markup) => markup })
  : { createHTML: (markup) => markup };

for (const each of document.querySelectorAll(".scripted")) each.hidden = false;
for (const each of document.querySelectorAll(".unscripted")) each.hidden = true;

// A code that was scanned holds number and key behind the #, which no browser sends.
const scanned = /^#([0-9A-Za-z-]{17,24})\.([\w-]{8,128})$/.exec(location.hash);
if (scanned && document.getElementById("number")?.form) {
  document.getElementById("number").value = scanned[1];
  document.getElementById("key").value = scanned[2];
  history.replaceState(null, "", location.pathname + location.search);
}

// Without a network nothing is sent and nothing that was typed is lost.
document.addEventListener("submit", (event) => {
  const offline = document.getElementById("offline");
  offline.hidden = navigator.onLine;
  if (navigator.onLine) return;
  event.preventDefault();
  offline.scrollIntoView();
});
addEventListener("online", () => { document.getElementById("offline").hidden = true; });

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-print]");
  if (!button) return;
  if ("print" in button.dataset) return print();
  await navigator.clipboard.writeText(button.dataset.copy);
  button.textContent = button.dataset.done;
});

// ---- parts of the form that depend on what is typed -------------------------------------------

async function refresh(wanted, id) {
  const sent = new URLSearchParams(new FormData(form));
  sent.set("do", wanted);
  const answer = await fetch(form.action, { method: "POST", body: sent }).catch(() => null);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(ours.createHTML(await answer.text()), "text/html");
  const fresh = page.getElementById(id), stale = document.getElementById(id);
  if (!fresh || !stale) return;
  const focused = stale.contains(document.activeElement) && document.activeElement.id;
  stale.replaceWith(document.importNode(fresh, true));
  for (const each of document.querySelectorAll(".unscripted")) each.hidden = true;
  if (focused) document.getElementById(focused)?.focus();
}

const PARTS = { text: ["show", "emergency"], look_for: ["look", "topics"], "place.area": ["area", "place"] };
let waiting;
form?.addEventListener("input", (event) => {
  const part = PARTS[event.target.id];
  if (!part || form.method !== "post" || !form.elements.form_id) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => refresh(...part), event.target.tagName === "SELECT" ? 0 : 600);
});

// ---- pictures, with progress ------------------------------------------------------------------

const TYPES = ["image/jpeg", "image/png", "image/webp"];
const LARGEST = 10 * 1024 * 1024;
const album = document.querySelector("form[data-pictures]");

function send(offer, file, bar) {
  return new Promise((resolve) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(offer.fields)) body.append(name, value);
    body.append("file", file);
    const request = new XMLHttpRequest();
    request.upload.onprogress = (event) => { bar.value = event.loaded / event.total; };
    request.onloadend = () => resolve(request.status >= 200 && request.status < 300);
    request.open("POST", offer.url);
    request.send(body);
  });
}

async function upload(files) {
  const say = album.querySelector("[role=status]"), bar = album.querySelector("progress");
  const headers = { "X-Tracking-Key": album.elements.key.value, "Content-Type": "application/json" };
  bar.hidden = false;
  for (const file of files) {
    say.textContent = `${say.dataset.sending} ${file.name}`;
    if (!TYPES.includes(file.type)) { say.textContent = say.dataset.wrong; return; }
    if (file.size > LARGEST) { say.textContent = say.dataset.large; return; }
    const wish = { content_type: file.type, size_bytes: file.size, file_name: file.name.slice(-200) };
    const answer = await fetch(album.dataset.pictures, { method: "POST", headers, body: JSON.stringify(wish) }).catch(() => null);
    if (!answer?.ok || !(await send(await answer.json(), file, bar))) { say.textContent = say.dataset.failed; return; }
  }
  say.textContent = say.dataset.checking;
  for (let tries = 0; tries < 20; tries += 1) {
    const answer = await fetch(album.dataset.pictures, { headers });
    if (!(await answer.json()).attachments.some((each) => each.status === "offered")) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  form.submit();
}

if (album) {
  const chooser = album.querySelector("input[type=file]");
  chooser.addEventListener("change", () => upload([...chooser.files]));
  album.addEventListener("submit", (event) => { event.preventDefault(); chooser.click(); });
}
