// Suggestions below a search field: a combobox that only helps; without it the form works the same.

const WAIT = 180;

function enhance(field) {
  const list = document.createElement("ul");
  list.id = `${field.id}-suggestions`;
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", field.dataset.suggestLabel);
  list.hidden = true;
  field.after(list);
  for (const [name, value] of Object.entries({
    role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-controls": list.id, "aria-expanded": "false",
  })) field.setAttribute(name, value);
  let timer = 0;
  let asked = null;

  const close = () => {
    window.clearTimeout(timer);
    if (asked) asked.abort();
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };

  const options = () => [...list.querySelectorAll("[role=option]")];

  const choose = (option) => {
    for (const one of options()) one.setAttribute("aria-selected", String(one === option));
    if (option) field.setAttribute("aria-activedescendant", option.id);
    else field.removeAttribute("aria-activedescendant");
    if (option) option.scrollIntoView({ block: "nearest" });
  };

  const ask = async () => {
    if (asked) asked.abort();
    asked = new AbortController();
    try {
      const address = `${field.dataset.suggest}?${new URLSearchParams({ q: field.value })}`;
      const answer = await fetch(address, { signal: asked.signal });
      if (!answer.ok) return close();
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      list.replaceChildren(...page.querySelectorAll("[role=option]"));
      list.hidden = list.childElementCount === 0 || document.activeElement !== field;
      field.setAttribute("aria-expanded", String(!list.hidden));
      choose(null);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };

  // site.js keeps input events back while an input method composes.
  field.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(ask, WAIT);
  });
  field.addEventListener("compositionstart", close);
  field.addEventListener("blur", close);
  if (field.form) field.form.addEventListener("submit", close);

  field.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || list.hidden) return;
    const all = options();
    const at = all.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = at + (event.key === "ArrowDown" ? 1 : -1);
      choose(next < -1 ? all[all.length - 1] : all[next] || null);
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      window.location.assign(all[at].dataset.url);
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
  });

  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) window.location.assign(option.dataset.url);
  });
}

for (const field of document.querySelectorAll("input[data-suggest]")) enhance(field);
