// The search field: what is found appears below it while one types (an ARIA combobox with a list).
"use strict";
(() => {
  const input = document.querySelector("[data-find]");
  const list = document.getElementById("found");
  if (!input || !list) return;
  const PAUSE_MS = 200;
  const SHORTEST = 2;
  const said = document.getElementById("found-said");
  let timer = null;
  let asking = null;

  const options = () => [...list.querySelectorAll("a[role=option]")];
  const current = () => list.querySelector("[aria-selected=true]");
  const choose = (next) => {
    current()?.setAttribute("aria-selected", "false");
    if (next) {
      next.setAttribute("aria-selected", "true");
      next.scrollIntoView({ block: "nearest" });
      input.setAttribute("aria-activedescendant", next.id);
    } else {
      input.removeAttribute("aria-activedescendant");
    }
  };
  const show = (open) => {
    list.hidden = !open;
    input.setAttribute("aria-expanded", String(open));
    if (!open) choose(null);
  };
  const step = (by) => {
    const all = options();
    if (!all.length) return;
    const place = all.indexOf(current());
    // Behind the last comes the field itself, and then the first.
    choose(all[place < 0 && by < 0 ? all.length - 1 : place + by] ?? null);
  };

  const ask = async () => {
    asking?.abort();
    const text = input.value.trim();
    if (text.length < SHORTEST && !/^#?[0-9]+$/.test(text)) { show(false); return; }
    asking = new AbortController();
    try {
      const answer = await fetch(`/search/hits?q=${encodeURIComponent(text)}`, { signal: asking.signal, redirect: "manual" });
      if (!answer.ok) { show(false); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const chosen = current()?.getAttribute("href");
      list.replaceChildren(...page.body.children);
      // What is marked stays marked where it is found again.
      choose(options().find((one) => one.getAttribute("href") === chosen) ?? null);
      show(document.activeElement === input);
      said.textContent = options().length ? _("%(count)s found", { count: options().length }) : _("Nothing has this name");
    } catch (error) {
      if (error.name !== "AbortError") show(false);
    }
  };

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, PAUSE_MS); });
  input.addEventListener("focus", () => { if (list.children.length && input.value.trim()) show(true); });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Escape" && !list.hidden) {
      clearTimeout(timer);
      asking?.abort(); // an answer on its way would open it again
      show(false);
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && list.children.length) {
      if (list.hidden) show(true);
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && !list.hidden && current()?.href) {
      current().click();
    } else {
      return;
    }
    event.preventDefault();
  });
  // What is pressed keeps the field focused, so that the list does not go before the link is followed.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  input.addEventListener("blur", () => show(false));
})();
