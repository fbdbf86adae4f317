// The agency desk: keys, and pictures that are sent while the form is still being written.
"use strict";

// ---- keys -------------------------------------------------------------------------------------

const rows = () => [...document.querySelectorAll(".rows .title")];

function move(step) {
  const all = rows();
  const at = all.indexOf(document.activeElement);
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  if (next) next.focus();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  x: () => document.activeElement.closest(".row")?.querySelector("input[type=checkbox]")?.click(),
  "?": () => document.getElementById("keys")?.showModal(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const marked = document.querySelector(`[data-key="${CSS.escape(event.key)}"], [data-action="${CSS.escape(event.key)}"]`);
  if (KEYS[event.key]) KEYS[event.key]();
  else if (marked?.matches("input")) marked.focus();
  else if (marked?.matches("details")) {
    marked.open = true;
    marked.querySelector("textarea, select, input:not([type=hidden]), button")?.focus();
  } else if (marked) marked.click();
  else return;
  event.preventDefault();
});

// ---- reply templates --------------------------------------------------------------------------

for (const button of document.querySelectorAll("[data-fills]")) {
  button.addEventListener("click", (event) => {
    const reply = button.parentElement.querySelector("select").selectedOptions[0]?.dataset.text;
    if (!reply) return; // the server says what is missing
    event.preventDefault();
    const area = document.getElementById(button.dataset.fills);
    const typed = area.value.trimEnd();
    area.value = typed ? `${typed}\n${reply}` : reply;
    area.focus();
    const blank = area.value.indexOf("【", typed.length);
    if (blank >= 0) area.setSelectionRange(blank, area.value.indexOf("】", blank) + 1);
  });
}

// ---- pictures ---------------------------------------------------------------------------------

async function send(file, input, line) {
  const form = input.form;
  const asked = new URLSearchParams({
    proof: form.elements.proof.value,
    content_type: file.type,
    size_bytes: file.size,
    file_name: file.name.slice(-100),
  });
  const answer = await fetch(input.dataset.uploads, { method: "POST", body: asked });
  if (!answer.ok) throw new Error(answer.status);
  const offer = await answer.json();
  const body = new FormData();
  for (const [name, value] of Object.entries(offer.fields)) body.append(name, value);
  body.append("file", file);
  await new Promise((done, failed) => {
    // fetch cannot tell how far it is.
    const request = new XMLHttpRequest();
    const bar = line.querySelector("progress");
    request.upload.addEventListener("progress", (event) => {
      bar.max = event.total;
      bar.value = event.loaded;
    });
    request.addEventListener("load", () => (request.status < 300 ? done() : failed(new Error(request.status))));
    request.addEventListener("error", () => failed(new Error("network")));
    request.open("POST", offer.url);
    request.send(body);
  });
  const hidden = document.createElement("input");
  Object.assign(hidden, { type: "hidden", name: "attachments", value: offer.attachment_id });
  line.append(hidden);
}

for (const input of document.querySelectorAll("[data-uploads]")) {
  input.disabled = false;
  input.addEventListener("change", async () => {
    const list = input.parentElement.querySelector(".uploads");
    const button = input.form.querySelector("button.main");
    button.disabled = true;
    for (const file of input.files) {
      const line = document.createElement("li");
      const words = document.createElement("span");
      const bar = document.createElement("progress");
      words.textContent = `${file.name} · ${input.dataset.sending} `;
      bar.setAttribute("aria-label", file.name);
      line.append(words, bar);
      list.append(line);
      try {
        await send(file, input, line);
        words.textContent = `${file.name} · ${input.dataset.sent}`;
      } catch {
        words.textContent = `${file.name} · ${input.dataset.failed}`;
      }
      bar.remove();
    }
    input.value = "";
    button.disabled = false;
  });
}
