// What would match while a demand is being written: asked when the writer pauses, never while an input method composes.

const WAIT = 400;
const form = document.getElementById("wizard-form");
const preview = document.querySelector("[data-preview]");
let timer = 0;
let last = null;

function texts() {
  const values = {};
  const language = form.querySelector("[name=language]:checked")?.value;
  if (language) {
    values[`title_${language}`] = form.elements.title.value;
    values[`summary_${language}`] = form.elements.summary.value;
    values[`body_${language}`] = form.elements.text.value;
  }
  if (preview.dataset.demand) values.demand = preview.dataset.demand;
  return values;
}

function ask() {
  const values = texts();
  const written = JSON.stringify(values);
  if (written === last || written === "{}") return;
  last = written;
  window.htmx.trigger(preview, "preview");
}

preview.addEventListener("htmx:configRequest", (event) => {
  Object.assign(event.detail.parameters, texts());
  event.detail.headers["X-CSRFToken"] = form.elements.csrfmiddlewaretoken.value;
});

// site.js keeps input events back while an input method composes.
form.addEventListener("input", () => {
  window.clearTimeout(timer);
  timer = window.setTimeout(ask, WAIT);
});
form.addEventListener("compositionstart", () => window.clearTimeout(timer));
if (document.readyState === "complete") ask();
else window.addEventListener("load", ask);
