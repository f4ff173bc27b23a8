// Forms: the summary of errors gets the focus, a double click sends once, rows are added at once.

function focusErrors(root) {
  const summary = root.querySelector("[data-autofocus]");
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
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-formset-add]");
  if (!button) return;
  const formset = button.closest("[data-formset]");
  const prefix = formset.dataset.formset;
  const total = formset.querySelector(`[name="${prefix}-TOTAL_FORMS"]`);
  const most = formset.querySelector(`[name="${prefix}-MAX_NUM_FORMS"]`);
  event.preventDefault();
  if (most && Number(total.value) >= Number(most.value)) return;
  const holder = document.createElement("template");
  holder.innerHTML = formset.querySelector("template").innerHTML.replaceAll("__prefix__", total.value);
  const row = holder.content.firstElementChild;
  formset.querySelector(".formset__rows").append(row);
  total.value = Number(total.value) + 1;
  if (window.htmx) window.htmx.process(row);
  const first = row.querySelector("input:not([type=hidden]), select, textarea");
  if (first) first.focus();
});

document.addEventListener("change", (event) => {
  const row = event.target.closest(".formset__row");
  if (row && event.target.name?.endsWith("-DELETE")) {
    row.classList.toggle("formset__row--removed", event.target.checked);
  }
});
