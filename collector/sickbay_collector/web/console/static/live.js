// Parts of a page that follow what changes: [data-live="tickets alerts"] with an id, on a page with
// a [data-mark]. A server-sent event says what kind of thing changed; the page is then asked for
// again and those of its parts that differ are put in, but none in which somebody is working.
"use strict";
(() => {
  const root = document.querySelector("[data-mark]");
  if (!root || !document.querySelector("[data-live]")) return;
  const OLD_MS = 60e3; // words like "3 min ago" are right again at least so often
  const BURST_MS = 2000; // what changes together is asked for once
  let stream = null;
  let since = root.dataset.mark;
  let timer = null;
  let asked = new Set();

  // What a part says, without times, which change by themselves.
  const said = (one) => {
    const copy = one.cloneNode(true);
    copy.querySelectorAll("time, [data-ticks]").forEach((time) => time.remove());
    copy.querySelectorAll(".fresh, .at").forEach((row) => row.classList.remove("fresh", "at"));
    return copy.innerHTML;
  };

  // Whether somebody types, chooses, marks text or has something open there.
  const busy = (part) => {
    const marked = getSelection();
    return Boolean(
      part.querySelector("dialog[open], [aria-busy=true]")
      || [...part.querySelectorAll("details")].some((one) => one.open !== one.hasAttribute("data-open"))
      || [...part.querySelectorAll("input, textarea")].some((one) => one.value !== one.defaultValue || one.checked !== one.defaultChecked)
      || [...part.querySelectorAll("option")].some((one) => one.selected !== one.defaultSelected && one.closest("select").querySelector("[selected]"))
      || part.querySelector("input:focus, textarea:focus, select:focus")
      || (!marked.isCollapsed && part.contains(marked.anchorNode))
    );
  };

  // How to find the focused thing again: by its id, else by where it leads or what it is called.
  const nameOf = (one) => {
    for (const name of ["id", "href", "name"]) {
      const value = one.getAttribute(name);
      if (value) return `${one.localName}[${name}="${CSS.escape(value)}"]`;
    }
    return "";
  };

  const put = (part, next) => {
    if (busy(part) || part.outerHTML === next.outerHTML) return;
    const before = new Set([...part.querySelectorAll("tbody tr, li")].map(said));
    const focused = part.contains(document.activeElement) ? nameOf(document.activeElement) : "";
    const scrolled = [...part.querySelectorAll(".wide")].map((box) => box.scrollLeft);
    const at = part.querySelector("tr.at [data-open]")?.getAttribute("href");
    const isNews = said(part) !== said(next);
    next = document.importNode(next, true);
    part.replaceWith(next);
    if (isNews) {
      next.querySelectorAll("tbody tr, li").forEach((row) => {
        if (!before.has(said(row))) row.classList.add("fresh");
      });
    }
    next.querySelectorAll(".wide").forEach((box, number) => { box.scrollLeft = scrolled[number] ?? 0; });
    if (at) next.querySelector(`[data-open][href="${CSS.escape(at)}"]`)?.closest("tr").classList.add("at");
    if (focused) next.querySelector(focused)?.focus({ preventScroll: true });
    if (typeof htmx !== "undefined") htmx.process(next);
    document.dispatchEvent(new CustomEvent("swapped", { detail: next }));
  };

  const refresh = async () => {
    const topics = asked;
    asked = new Set();
    later();
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "yes", "Accept": "text/html" }, redirect: "manual" });
      // Signed out: the page stays as it is until somebody does something.
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      document.querySelectorAll("[data-live]").forEach((part) => {
        const mine = part.dataset.live.split(" ");
        const next = document.getElementById(part.id) && page.getElementById(part.id);
        if (next && (!topics.size || mine.some((one) => topics.has(one)))) put(part, next);
      });
    } catch { /* The collector is away; the next turn tries again. */ }
  };

  // Everything is asked for again after a while, changed or not: a proxy may keep events back.
  const later = (wait = OLD_MS) => { clearTimeout(timer); timer = setTimeout(refresh, wait); };

  const listen = () => {
    if (stream || document.hidden || typeof EventSource === "undefined") return;
    stream = new EventSource(`/events?since=${encodeURIComponent(since)}`);
    stream.addEventListener("changed", (event) => {
      since = event.lastEventId || since;
      event.data.split(" ").forEach((topic) => asked.add(topic));
      // Not every open page at once.
      later(200 + Math.random() * BURST_MS);
    });
    stream.addEventListener("error", () => {
      // The browser itself comes back after a lost connection; after a refusal it does not.
      if (stream?.readyState === EventSource.CLOSED) leave();
    });
  };
  const leave = () => { stream?.close(); stream = null; };

  // A page that nobody sees needs no stream, and browsers allow only a few for all pages.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { leave(); clearTimeout(timer); } else { listen(); later(0); }
  });
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => { if (event.persisted) { listen(); later(0); } });
  listen();
  later();
  setInterval(listen, OLD_MS);
})();
