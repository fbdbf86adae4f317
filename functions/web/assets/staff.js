// What all staff pages do besides their markup. They work without it, too.
"use strict";

// htmx exchanges parts of pages by innerHTML. Trusted Types allow that here for markup and nothing else:
// there is no createScript and no createScriptURL, so no string ever becomes code.
if (window.trustedTypes) {
  trustedTypes.createPolicy("default", { createHTML: (markup) => markup });
}

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "yes";
});

// A page that comes back out of the browser's memory may be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});
