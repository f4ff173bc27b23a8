// Forms: the summary of errors, or the message of a refusal, gets the focus, a double click sends once, rows are added at once.

function focusErrors(root) {
  const summary = root.querySelector(".error-summary[data-autofocus]") ?? root.querySelector("[data-autofocus]");
  if (summary) summary.focus();
}

focusErrors(document);
document.addEventListener("htmx:load", (event) => focusErrors(event.detail.elt));

// A form that changes something is sent once. Coming back by the browser's history frees it again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented || form.hasAttribute("hx-post")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "true";
  if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll('[aria-busy="true"]')) button.removeAttribute("aria-busy");
});

// A formset's empty row waits in a template element; "__prefix__" becomes its number.
function addRow(formset) {
  const prefix = formset.dataset.formset;
  const total = formset.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
  const most = formset.querySelector(`[name="${prefix}-MAX_NUM_FORMS"]`);
  if (most && Number(total.value) >= Number(most.value)) return null;
  const holder = document.createElement("template");
  holder.innerHTML = formset.querySelector("template").innerHTML.replaceAll("__prefix__", total.value);
  const row = holder.content.firstElementChild;
  formset.querySelector(".formset__rows").append(row);
  total.value = Number(total.value) + 1;
  if (window.htmx) window.htmx.process(row);
  const first = row.querySelector("input:not([type=hidden]), select, textarea");
  if (first) first.focus();
  return row;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-formset-add]");
  if (!button) return;
  event.preventDefault();
  addRow(button.closest("[data-formset]"));
});

// A figure found in the text becomes a filled row: an empty one that waits, or a new one.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-take]");
  if (!button) return;
  const formset = button.form.querySelector(`[data-formset="${CSS.escape(button.dataset.take)}"]`);
  const field = (row, name) => row.querySelector(`[name$="-${name}"]`);
  const empty = (row) => !field(row, "quantity").value && !field(row, "value").value && !field(row, "DELETE")?.checked;
  const row = [...formset.querySelectorAll(".formset__rows > .formset__row")].find(empty) ?? addRow(formset);
  if (!row) return;
  event.preventDefault();
  for (const [name, value] of Object.entries(JSON.parse(button.dataset.row))) {
    if (field(row, name)) field(row, name).value = value;
  }
  button.closest("li").remove();
  field(row, "quantity").focus();
  field(row, "quantity").dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("change", (event) => {
  const row = event.target.closest(".formset__row");
  if (row && event.target.name?.endsWith("-DELETE")) {
    row.classList.toggle("formset__row--removed", event.target.checked);
  }
});

// A long form (data-keep) remembers in this tab what was typed, until it has been accepted: an expired
// session or a closed page loses nothing. The notice that offers it back is in the page, hidden.
const KEPT = "kept:";

function keptFields(form) {
  return [...form.elements].filter(
    (field) => field.name && !["hidden", "password", "file", "submit", "button"].includes(field.type),
  );
}

function keep(form) {
  const values = keptFields(form).map((field) => [
    field.name,
    field.value,
    field.type === "checkbox" || field.type === "radio" ? field.checked : null,
  ]);
  sessionStorage.setItem(KEPT + location.pathname, JSON.stringify(values));
}

function restore(form, values) {
  for (const [name] of values) {
    const [, prefix, number] = /^(.+)-(\d+)-/.exec(name) ?? [];
    const formset = prefix && form.querySelector(`[data-formset="${CSS.escape(prefix)}"]`);
    const add = formset?.querySelector("[data-formset-add]");
    const total = formset?.querySelector(`[name="${CSS.escape(prefix)}-TOTAL_FORMS"]`);
    for (let left = 50; add && Number(total.value) <= Number(number) && left > 0; left -= 1) add.click();
  }
  for (const [name, value, checked] of values) {
    for (const field of keptFields(form).filter((other) => other.name === name)) {
      if (checked === null) field.value = value;
      else if (field.value === value) field.checked = checked;
    }
  }
}

// What was sent and led to another page has been accepted, unless that page asks to sign in.
const sent = sessionStorage.getItem("kept-sent");
if (sent && sent !== location.pathname && !document.querySelector("main [name=password]")) {
  sessionStorage.removeItem(KEPT + sent);
  sessionStorage.removeItem("kept-sent");
}

for (const form of document.querySelectorAll("form[data-keep]")) {
  const notice = form.querySelector("[data-kept]");
  const saved = sessionStorage.getItem(KEPT + location.pathname);
  if (notice && saved && !form.querySelector("[data-autofocus]")) {
    notice.hidden = false;
    notice.querySelector("[data-kept-restore]").addEventListener("click", () => {
      restore(form, JSON.parse(saved));
      notice.hidden = true;
    });
    notice.querySelector("[data-kept-discard]").addEventListener("click", () => {
      sessionStorage.removeItem(KEPT + location.pathname);
      notice.hidden = true;
    });
  }
  form.addEventListener("input", () => keep(form));
  form.addEventListener("submit", () => sessionStorage.setItem("kept-sent", location.pathname));
}
