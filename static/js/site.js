// Menus and keys. Everything here is a convenience: without it the page works the same.

const openMenus = () => document.querySelectorAll("details.menu[open]");

document.addEventListener("click", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("focusin", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    for (const menu of openMenus()) {
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) menu.querySelector("summary").focus();
    }
    return;
  }
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && localStorage.getItem("single-keys") !== "off") {
    const field = document.querySelector('[data-shortcut="/"]');
    if (field) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  }
});

// While an input method composes, what stands in the field is not text yet: nobody hears of it until
// it is, and what was about to be asked waits. Then one input event tells of the whole.
let composing = false;

window.addEventListener("compositionstart", () => { composing = true; }, true);
window.addEventListener("compositionend", (event) => {
  composing = false;
  event.target.dispatchEvent(new InputEvent("input", { bubbles: true }));
}, true);
window.addEventListener("input", (event) => { if (event.isComposing) event.stopImmediatePropagation(); }, true);
document.addEventListener("htmx:beforeRequest", (event) => {
  if (composing && event.detail.requestConfig.triggeringEvent?.type === "input") event.preventDefault();
});

// Filters are drawn anew with the results; what the reader had folded out stays so.
let facets = new Map();

document.addEventListener("htmx:beforeSwap", () => {
  facets = new Map([...document.querySelectorAll("[data-facet]")].map((part) => [part.dataset.facet, part.open]));
});

document.addEventListener("htmx:afterSwap", () => {
  for (const part of document.querySelectorAll("[data-facet]")) {
    if (facets.has(part.dataset.facet)) part.open = facets.get(part.dataset.facet);
  }
});

for (const hint of document.querySelectorAll("[data-shortcuts]")) hint.hidden = false;
