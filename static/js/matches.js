// The inbox of matches by single keys: j and k move, a, d, s and u answer. A switch turns all single keys off.

const SWITCH = "single-keys";
const inbox = document.querySelector("[data-inbox]");
const help = document.querySelector("[data-keys-help]");
const matches = () => [...inbox.querySelectorAll("[data-match]")];
let answered = "";

const chosen = () => document.activeElement?.closest("[data-match]");

function move(step) {
  const all = matches();
  const at = all.indexOf(chosen());
  const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step];
  if (!next) return;
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function press(key) {
  const last = key === "u" && !chosen()?.querySelector('[data-key="u"]') ? document.getElementById(answered) : null;
  const match = last ?? chosen();
  const button = match?.querySelector(`[data-key="${key}"]`);
  if (button) button.click();
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem(SWITCH) === "off") return;
  if (event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]")) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if ("adsu".includes(event.key)) press(event.key);
  else return;
  event.preventDefault();
});

// After an answer the next match that waits has the focus; after taking one back, that match has it.
document.addEventListener("htmx:afterSettle", (event) => {
  const target = event.detail.target;
  if (target?.matches(".match__answer")) {
    target.querySelector("select, input:not([type=hidden])")?.focus();
    return;
  }
  const match = target?.id && document.getElementById(target.id)?.matches("[data-match]") ? document.getElementById(target.id) : null;
  if (!match) return;
  const all = matches();
  const next = all.slice(all.indexOf(match) + 1).find((one) => !one.hasAttribute("data-answered"));
  if (match.hasAttribute("data-answered")) answered = match.id;
  const shown = match.hasAttribute("data-answered") && next ? next : match;
  shown.focus();
  shown.scrollIntoView({ block: "nearest" });
});

// What was answered no longer waits, so what waits has moved up: the page after this one is this one, anew.
document.addEventListener("click", (event) => {
  const later = event.target.closest('.pagination [rel="next"]');
  if (!later || !inbox.querySelector("[data-answered]")) return;
  if (new URLSearchParams(location.search).get("state") !== "open") return;
  event.preventDefault();
  location.reload();
});

// Cancel and Escape leave a question for a reason or a day; the match it was about has the focus again.
function leave(answer) {
  const match = answer.closest("[data-match]");
  answer.replaceChildren();
  match.focus();
}

document.addEventListener("click", (event) => {
  const cancel = event.target.closest("[data-cancel]");
  if (cancel) leave(cancel.closest(".match__answer"));
});

document.addEventListener("keydown", (event) => {
  const answer = event.key === "Escape" && !event.isComposing && event.target.closest(".match__answer");
  if (answer) leave(answer);
});

if (help) {
  const box = help.querySelector("[data-single-keys]");
  box.checked = localStorage.getItem(SWITCH) !== "off";
  box.addEventListener("change", () => localStorage.setItem(SWITCH, box.checked ? "on" : "off"));
  help.hidden = false;
}
