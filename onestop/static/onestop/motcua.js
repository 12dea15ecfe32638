// Makes pages nicer where scripts run; every page works without it. No inline code, no eval, no storage.
"use strict";

document.documentElement.classList.add("js-enabled");

// A field that depends on an answer: shown only while one of data-when-values is chosen in data-when-name.
function showDependents(form) {
  for (const group of form.querySelectorAll("[data-when-name]")) {
    const wanted = group.dataset.whenValues.split("|");
    const chosen = new FormData(form).getAll(group.dataset.whenName).map(String);
    group.hidden = !chosen.some((value) => wanted.includes(value));
  }
}

// The native file control stays; the zone around it takes dropped files and says what was chosen.
function prepareDropZone(zone) {
  const input = zone.querySelector("input[type=file]");
  const said = zone.querySelector("[data-said]");
  if (!input || !said || zone.dataset.ready) return;
  zone.dataset.ready = "yes";
  const say = () => {
    const names = [...input.files].map((file) => file.name);
    if (names.length === 0) said.textContent = zone.dataset.none;
    else if (names.length > 3) said.textContent = zone.dataset.many.replace("{count}", names.length);
    else said.textContent = names.join(", ");
  };
  input.addEventListener("change", say);
  // The drawn button is for the pointer only; keyboards and screen readers use the control itself.
  zone.querySelector("[data-open]")?.addEventListener("click", () => input.click());
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("is-over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("is-over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("is-over");
    const taken = new DataTransfer();
    for (const file of event.dataTransfer.files) {
      if (taken.items.length === 0 || input.multiple) taken.items.add(file);
    }
    input.files = taken.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

// A second press while the first is still on its way would only be answered "already done"; do not send it.
function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget) return; // shown in a frame beside the page, as often as one likes
    if (form.dataset.sent && Date.now() - Number(form.dataset.sent) < 4000) event.preventDefault();
    else form.dataset.sent = String(Date.now());
  });
}

// The link of an error leads to its control, with the label in view; inside a closed part, open it first.
function followErrorLink(event) {
  const link = event.target.closest(".govuk-error-summary a[href^='#']");
  const target = link && document.getElementById(link.hash.slice(1));
  if (!target) return;
  event.preventDefault();
  const closed = target.closest("details:not([open])");
  if (closed) closed.open = true;
  const group = target.closest(".govuk-form-group") || target;
  group.scrollIntoView();
  target.focus({ preventScroll: true });
}

function prepare(root) {
  for (const form of root.querySelectorAll("form")) {
    if (form.querySelector("[data-when-name]")) {
      showDependents(form);
      form.addEventListener("change", () => showDependents(form));
    }
    if (form.method === "post") sendOnce(form);
  }
  root.querySelectorAll("[data-drop]").forEach(prepareDropZone);
}

document.addEventListener("click", followErrorLink);
document.addEventListener("DOMContentLoaded", () => {
  prepare(document);
  document.querySelector("[data-focus]")?.focus();
});
document.addEventListener("htmx:load", (event) => {
  if (event.target !== document.body) prepare(event.target);
});
// A page taken from the browser's memory may be submitted again.
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sent;
});
