// Parts of a page that follow what changes: [data-live="tickets alerts"] with an id, on a page with
// a [data-mark]. A server-sent event says what kind of thing changed; the page is then asked for
// again and those of its parts that differ are put in, but none in which somebody is working.
//
// Parts with [data-calm] hold together: while somebody has chosen rows, writes, drags, or points at
// what would move, none of them changes. The page's [data-news] says what waits, and shows it.
// What moves there are [data-row]s, each with a name of its own.
//
// Parts with [data-soon] are being reckoned; until they are there, the page is asked for again soon.
"use strict";
(() => {
  const main = document.querySelector("[data-mark]");
  if (!main || !document.querySelector("[data-live]")) return;
  const OLD_MS = 60e3; // words like "3 min ago" are right again at least so often
  const SOON_MS = 1e3;
  const AWHILE_MS = 300; // a press is over before what was pressed is changed
  const news = document.querySelector("[data-news]");
  let stream = null;
  let since = main.dataset.mark;
  let pace = 2000; // between two times that the page is asked for; an event names another
  let timer = null;
  let resting = false;
  let asked = new Set();
  let held = null; // the newest page, while its calm parts wait

  const live = () => [...document.querySelectorAll("[data-live]")];
  const follows = (part, topics) => part.dataset.live.split(" ").some((one) => topics.has(one));

  // What a part says, without times, which change by themselves, and without what people opened.
  const said = (one) => {
    const copy = one.cloneNode(true);
    copy.querySelectorAll("time, [data-ticks]").forEach((time) => time.remove());
    copy.querySelectorAll("details").forEach((part) => { part.open = part.hasAttribute("data-open"); });
    [copy, ...copy.querySelectorAll(".fresh, .at")].forEach((row) => {
      row.classList.remove("fresh", "at");
      if (!row.classList.length) row.removeAttribute("class");
    });
    return copy.outerHTML;
  };
  const rows = (part) => new Map([...part.querySelectorAll("[data-row]")].map((row) => [row.dataset.row, row]));

  const opened = (part) => [...part.querySelectorAll("details")].filter((one) => one.open !== one.hasAttribute("data-open"));
  // Whether somebody types or chooses there; ticked boxes of rows are put back.
  const typing = (part) => (
    [...part.querySelectorAll("input, textarea")].some((one) => one.value !== one.defaultValue || (one.checked !== one.defaultChecked && !one.closest("[data-row]")))
    || [...part.querySelectorAll("select")].some((one) => one.selectedIndex !== Math.max(0, [...one.options].findIndex((option) => option.defaultSelected)))
    || Boolean(part.querySelector("input:not([type=checkbox]):focus, textarea:focus, select:focus"))
  );
  // Whether somebody types, chooses, marks text or has something open there.
  const busy = (part) => {
    const marked = getSelection();
    return typing(part) || opened(part).length > 0
      || Boolean(part.querySelector("dialog[open], [aria-busy=true], [data-row] :checked, .dragged"))
      || (!marked.isCollapsed && part.contains(marked.anchorNode));
  };
  // Whether what is pointed at would be elsewhere.
  const moves = (part, next) => {
    if (!part.matches(":hover")) return false;
    const places = (one) => [...one.querySelectorAll("[data-row], [data-lane]")].map((row) => row.dataset.row ?? "/").join(" ");
    return places(part) || places(next) ? places(part) !== places(next) : said(part) !== said(next);
  };

  // How to find the focused thing again: by its id, else by where it leads or what it is called.
  const nameOf = (one) => {
    for (const name of ["id", "href", "name"]) {
      const value = one.getAttribute(name);
      if (value) return `${one.localName}[${name}="${CSS.escape(value)}"]`;
    }
    return "";
  };
  const chosen = (part) => [...part.querySelectorAll("[data-row] :checked")].map((box) => box.closest("[data-row]").dataset.row);
  const titles = (part) => opened(part).map((one) => one.querySelector("summary")?.textContent);

  const put = (part, next) => {
    if (part.outerHTML === next.outerHTML) return;
    const before = new Set([...part.querySelectorAll("tbody tr, li")].map(said));
    const focused = part.contains(document.activeElement) ? nameOf(document.activeElement) : "";
    const boxes = (one) => [one, ...one.querySelectorAll(".wide")];
    const scrolled = boxes(part).map((box) => box.scrollLeft);
    const at = part.querySelector("tr.at [data-open]")?.getAttribute("href");
    const [ticked, open] = [chosen(part), titles(part)];
    const isNews = !("soon" in part.dataset) && said(part) !== said(next);
    next = document.importNode(next, true);
    part.replaceWith(next);
    if (isNews) {
      next.querySelectorAll("tbody tr, li").forEach((row) => {
        if (!before.has(said(row))) row.classList.add("fresh");
      });
    }
    boxes(next).forEach((box, number) => { box.scrollLeft = scrolled[number] ?? 0; });
    const there = rows(next);
    ticked.forEach((row) => { const box = there.get(row)?.querySelector("[type=checkbox]"); if (box) box.checked = true; });
    next.querySelectorAll("details").forEach((one) => { if (open.includes(one.querySelector("summary")?.textContent)) one.open = !one.open; });
    if (at) next.querySelector(`[data-open][href="${CSS.escape(at)}"]`)?.closest("tr").classList.add("at");
    if (focused) next.querySelector(focused)?.focus({ preventScroll: true });
    if (typeof htmx !== "undefined") htmx.process(next);
    document.dispatchEvent(new CustomEvent("swapped", { detail: next }));
  };

  // Each calm part that is another one on the newest page, with what it is there.
  const waiting = () => (held ? live() : []).flatMap((part) => {
    const next = "calm" in part.dataset && held.getElementById(part.id);
    return next && part.outerHTML !== next.outerHTML ? [[part, next]] : [];
  });
  const working = () => Boolean(document.querySelector("dialog[open]")) || typing(main)
    || opened(main).some((one) => one.querySelector("form"));
  const holds = (pairs) => working() || pairs.some(([part, next]) => busy(part) || moves(part, next));

  // Says how many rows others changed, and who did where rows name somebody.
  const tell = (pairs) => {
    if (!news) return;
    const [words, button] = [news.querySelector("[role=status]"), news.querySelector("button")];
    const changed = pairs.flatMap(([part, next]) => {
      const [before, after] = [rows(part), rows(next)];
      const names = new Set([...before.keys(), ...after.keys()]);
      return [...names].flatMap((name) => {
        const [was, is] = [before.get(name), after.get(name)];
        return was && is && said(was) === said(is) ? [] : [is || was];
      });
    }).filter((row) => !("own" in row.dataset));
    const who = [...new Set(changed.map((row) => row.dataset.by).filter(Boolean))].join(", ");
    const text = changed.length === 1 ? news.dataset.one : news.dataset.many;
    const whole = changed.length ? text.replace("{count}", changed.length).replace("{who}", () => who) : "";
    if (words.textContent !== whole) words.textContent = whole;
    button.hidden = !whole;
  };

  // Puts the calm parts in, if nobody is in the way.
  const release = () => {
    const pairs = waiting();
    const isHeld = pairs.length > 0 && holds(pairs);
    if (!isHeld) { pairs.forEach(([part, next]) => put(part, next)); held = null; }
    tell(isHeld ? pairs : []);
  };
  // What was asked for is put in, whoever is in the way; a form that is written in stays.
  const show = () => {
    const isLost = news.contains(document.activeElement);
    const pairs = waiting().filter(([part]) => !typing(part));
    pairs.forEach(([part, next]) => put(part, next));
    held = null;
    tell([]);
    if (isLost) (document.querySelector(".fresh a") || main).focus();
  };

  const take = (page, topics) => {
    live().forEach((part) => {
      const next = page.getElementById(part.id);
      if (next && !("calm" in part.dataset) && (!topics.size || "soon" in part.dataset || follows(part, topics)) && !busy(part)) put(part, next);
    });
    held = page;
    release();
  };

  const refresh = async () => {
    const topics = asked;
    asked = new Set();
    resting = true;
    const rest = new Promise((done) => { setTimeout(done, pace); });
    later();
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "yes", "Accept": "text/html" }, redirect: "manual" });
      // Signed out: the page stays as it is until somebody does something.
      if (answer.ok) take(new DOMParser().parseFromString(await answer.text(), "text/html"), topics);
      later();
    } catch { /* The collector is away; the next turn tries again. */ }
    await rest;
    resting = false;
    if (asked.size) soon();
  };

  // Everything is asked for again after a while, changed or not: a proxy may keep events back.
  const later = (wait = document.querySelector("[data-soon]") ? SOON_MS : OLD_MS) => { clearTimeout(timer); timer = setTimeout(refresh, wait); };
  // Not every open page at once, and each page at most once in its pace.
  const soon = () => { if (!resting) { resting = true; later(100 + Math.random() * pace); } };

  const listen = () => {
    if (stream || document.hidden || typeof EventSource === "undefined") return;
    stream = new EventSource(`/events?since=${encodeURIComponent(since)}`);
    stream.addEventListener("changed", (event) => {
      since = event.lastEventId || since;
      const [topics, wait] = event.data.split("\n");
      pace = 1000 * wait || pace;
      const mine = new Set(topics.split(" "));
      if (!live().some((part) => follows(part, mine))) return;
      mine.forEach((topic) => asked.add(topic));
      soon();
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
  if (news) {
    // Who writes goes on writing.
    news.addEventListener("mousedown", (event) => event.preventDefault());
    news.querySelector("button").addEventListener("click", show);
    let freed = null;
    const free = () => {
      clearTimeout(freed);
      if (held) freed = setTimeout(() => { if (held && !news.matches(":hover, :focus-within")) release(); }, AWHILE_MS);
    };
    ["pointerout", "change", "focusout", "dragend"].forEach((name) => document.addEventListener(name, free));
    ["toggle", "close"].forEach((name) => document.addEventListener(name, free, true));
  }
  listen();
  later();
  setInterval(listen, OLD_MS);
})();
