// Keys: what a page can do without a mouse, and the dialog that says which keys there are.
// A link or button with data-key="x" is pressed by that key; data-go="h" by g and then h.
"use strict";
(() => {
  const OFF = "letter keys off";
  const WITHIN_MS = 1500; // between g and the letter after it
  const dialog = document.getElementById("keys");
  const isOff = () => localStorage.getItem(OFF) === "yes";
  let wentAt = -WITHIN_MS;

  const press = (name, key) => {
    const found = document.querySelector(`[${name}="${CSS.escape(key)}"]`);
    found?.click();
    return Boolean(found);
  };

  // Lists: the row that is marked is found anew each time, because live pages change their rows.
  const go = (step) => {
    const rows = [...document.querySelectorAll("[data-rows] tr")].filter((row) => !row.hidden);
    if (!rows.length) return false;
    const place = rows.findIndex((row) => row.classList.contains("at"));
    rows[place]?.classList.remove("at");
    const next = rows[Math.min(rows.length - 1, Math.max(0, place < 0 ? 0 : place + step))];
    next.classList.add("at");
    next.scrollIntoView({ block: "nearest" });
    return true;
  };
  const open = () => {
    const link = document.querySelector("[data-rows] tr.at [data-open]");
    link?.click();
    return Boolean(link);
  };
  const choose = () => {
    const box = document.querySelector("[data-rows] tr.at input[type=checkbox]");
    box?.click();
    return Boolean(box);
  };

  // What the page has beside what every page has: keys stand where they are pressed.
  const keycap = (key) => { const cap = document.createElement("kbd"); cap.textContent = key; return cap; };
  const describe = () => dialog.querySelectorAll("[data-list]").forEach((list) => {
    const { list: name, first } = list.dataset;
    const found = [...document.querySelectorAll(`[${name}]`)].filter((one) => !one.disabled && one.checkVisibility());
    list.closest("section").hidden = !found.length;
    list.replaceChildren(...found.flatMap((one) => {
      const [term, text] = [document.createElement("dt"), document.createElement("dd")];
      term.append(...(first ? [keycap(first), " "] : []), keycap(one.getAttribute(name)));
      const words = one.cloneNode(true);
      words.querySelectorAll("kbd, .unseen").forEach((part) => part.remove());
      text.textContent = one.dataset.says || words.textContent.trim();
      return [term, text];
    }));
  });
  const help = () => { describe(); dialog.showModal(); return true; };

  const acts = {
    "?": help,
    "/": () => { document.querySelector("[data-find]")?.focus(); return true; },
    j: () => go(1), ArrowDown: () => go(1), k: () => go(-1), ArrowUp: () => go(-1), x: choose,
    g: (event) => { wentAt = event.timeStamp; return true; },
  };
  document.addEventListener("keydown", (event) => {
    const on = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (on.matches("input:not([type=checkbox]), textarea, select, [contenteditable]") || on.closest("dialog[open]")) return;
    const isLetter = event.key.length === 1 && event.key !== "?";
    if (isLetter && isOff()) return;
    let done = false;
    if (event.key === "Enter") done = !on.matches("a, button, summary, input") && open();
    else if (event.timeStamp - wentAt < WITHIN_MS) { wentAt = -WITHIN_MS; done = press("data-go", event.key); }
    else if (isLetter && press("data-key", event.key)) done = true;
    else done = Boolean(Object.hasOwn(acts, event.key) && acts[event.key](event));
    if (done) event.preventDefault();
  });

  if (!dialog) return;
  document.querySelectorAll("[data-help]").forEach((button) => { button.hidden = false; button.addEventListener("click", help); });
  const letters = dialog.querySelector("[data-letters]");
  letters.checked = !isOff();
  letters.addEventListener("change", () => { if (letters.checked) localStorage.removeItem(OFF); else localStorage.setItem(OFF, "yes"); });
})();
