// What pages do beyond being read: local times, kept forms, filters of a table, charts.
"use strict";
(() => {
  const each = (selector, act, root = document) => root.querySelectorAll(selector).forEach(act);

  // Browsers focus with the first drawn frame; who types at once would lose a letter.
  if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus();

  // Times: UTC stands in the page; what is pointed at shows the reader's own zone too.
  const local = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
  const times = (root) => each("time[datetime]", (time) => {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.title = _("%(here)s here, %(utc)s", { here: local.format(at), utc: time.title });
  }, root);
  times(document);

  // What is done to several appears once one of them is chosen.
  const bulk = () => each("form.bulk", (form) => { form.hidden = ![...form.elements].some((field) => field.type === "checkbox" && field.checked); });
  document.addEventListener("change", bulk);
  document.addEventListener("swapped", bulk);
  window.addEventListener("pageshow", bulk);
  bulk();
  each("[data-back]", (button) => button.addEventListener("click", () => history.back()));

  // Forms: what was typed or ticked is kept in this tab until it was taken.
  const alone = document.body.classList.contains("alone");
  const sent = sessionStorage.getItem("sent");
  sessionStorage.removeItem("sent");
  // A page after a form that was sent means that it was taken, unless it is an error or a sign-in.
  if (sent && !alone) sessionStorage.removeItem(sent);
  const box = (field) => field.type === "checkbox" || field.type === "radio";
  const fields = (form) => [...form.elements].filter((field) => field.name && field.type !== "hidden");
  const keyOf = (form) => `kept ${location.pathname} ${form.getAttribute("action")}`;
  const bring = (root) => each("form[data-keep]", (form) => {
    const kept = JSON.parse(sessionStorage.getItem(keyOf(form)) || "null");
    if (!kept) return;
    fields(form).forEach((field, number) => {
      if (box(field)) field.checked = kept[number]; else field.value = kept[number] ?? "";
    });
    const around = form.closest("details");
    if (around) around.open = true;
  }, root);
  bring(document);
  document.addEventListener("input", ({ target }) => {
    const form = target.form?.closest("[data-keep]");
    if (form) sessionStorage.setItem(keyOf(form), JSON.stringify(fields(form).map((field) => (box(field) ? field.checked : field.value))));
  });
  document.addEventListener("submit", ({ target: form }) => {
    if (form.matches("[data-keep]")) sessionStorage.setItem("sent", keyOf(form));
    // What was given back to be sent again was typed into another page's form.
    if (form.dataset.sends) sessionStorage.setItem("sent", form.dataset.sends);
  });
  // A form is sent once; it can be sent again when somebody comes back to its page.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[method=post]")) return;
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => each("form[data-sent]", (form) => { delete form.dataset.sent; }));

  // What takes many steps asks for the next one by itself, until somebody leaves the page.
  each("form[data-goes-on]", (form) => form.requestSubmit());

  // A table that is wider than its place can be scrolled by keyboard.
  const scrollable = (box) => {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", box.closest(".card")?.querySelector("h2")?.textContent || _("Table"));
    } else {
      ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
    }
  };
  const scrolled = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    const box = target.closest(".wide"); // none where a live page has taken the table away
    if (box) scrollable(box);
  }));
  // The table too: it grows by its words while its place stays as wide.
  const watch = (box) => { scrollable(box); [box, ...box.children].forEach((one) => scrolled.observe(one)); };
  each(".wide", watch);
  // A part of the page that came later.
  document.addEventListener("swapped", ({ detail: part }) => {
    times(part);
    bring(part);
    each(".wide", watch, part);
  });

  each("[data-filter]", (input) => {
    const body = document.getElementById(input.dataset.filter).tBodies[0];
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase();
      each("tr", (row) => { row.hidden = !row.textContent.toLowerCase().includes(wanted); }, body);
    });
  });

  // Charts: at most three series, each on a scale of its own, gaps as gaps.
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(name).trim();
  const size = (v) => { let n = 0; while (Math.abs(v) >= 1024 && n < 5) { v /= 1024; n += 1; } return `${v.toFixed(v < 10 && n ? 1 : 0)} ${["B", "KiB", "MiB", "GiB", "TiB", "PiB"][n]}`; };
  const TIMES = [[86400, "d"], [3600, "h"], [60, "min"]];
  const span = (v) => { const [long, unit] = TIMES.find(([one]) => v >= 2 * one) || [1, "s"]; return `${+(v / long).toPrecision(3)} ${unit}`; };
  const UNITS = { bytes: size, seconds: span, ratio: (v) => `${(100 * v).toFixed(v < 0.1 && v > 0 ? 1 : 0)} %`, celsius: (v) => `${v.toFixed(0)} °C`, hours: (v) => `${+v.toPrecision(3)} h`, flag: (v) => (v ? _("yes") : _("no")) };
  // Steps of an axis of time that are whole minutes, hours and days.
  const STEPS = { seconds: [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400, 21600, 43200, ...[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000].map((days) => days * 86400)], flag: [1] };
  const words = (value, unit) => value == null ? "–" : (UNITS[unit] || ((v) => `${+v.toPrecision(3)}${unit && !["count", "points", "tasks", "level", "bits"].includes(unit) ? ` ${unit}` : ""}`))(value);

  // Returns times and values by series; in the middle of a gap stands a time without a value.
  const spread = (series) => {
    const lines = series.map((one) => {
      const line = new Map();
      const reach = 3 * (one.bucket_s || 120);
      let before = null;
      for (const point of one.points) {
        const at = Date.parse(point.at) / 1000;
        if (before !== null && at - before > reach) line.set((before + at) / 2, null);
        line.set(at, point.mean);
        before = at;
      }
      return line;
    });
    const times = [...new Set(lines.flatMap((line) => [...line.keys()]))].sort((left, right) => left - right);
    return [times, ...lines.map((line) => times.map((at) => line.get(at)))];
  };
  const gaps = ([times, ...columns]) => times.filter((_, number) => columns.some((column) => column[number] === null)).length;

  const table = (box, series) => {
    const head = document.createElement("tr");
    for (const title of [_("Time"), ...series.map((one) => one.label + (one.instance ? ` ${one.instance}` : ""))]) {
      const cell = document.createElement("th"); cell.textContent = title; head.append(cell);
    }
    const [times, ...columns] = spread(series);
    const body = document.createElement("tbody");
    times.forEach((at, number) => {
      const row = document.createElement("tr");
      const cells = [local.format(new Date(at * 1000)), ...columns.map((column, place) => words(column[number], series[place].unit))];
      for (const text of cells) { const cell = document.createElement("td"); cell.textContent = text; row.append(cell); }
      body.append(row);
    });
    const made = document.createElement("table");
    const top = document.createElement("thead"); top.append(head); made.append(top, body);
    box.replaceChildren(made);
  };

  // The hour, and the day where it begins: 24 hours, year first.
  const two = (number) => String(number).padStart(2, "0");
  const clock = (tick, before) => {
    const at = new Date(tick * 1000);
    const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
    const was = before === undefined ? null : new Date(before * 1000);
    const hour = `${two(at.getHours())}:${two(at.getMinutes())}`;
    if (was && was.toDateString() === at.toDateString()) return hour;
    return hour === "00:00" ? day : `${hour}\n${day}`;
  };

  const say = (box, text) => { box.removeAttribute("aria-busy"); const p = document.createElement("p"); p.className = "muted"; p.textContent = text; box.replaceChildren(p); };

  const draw = async (box) => {
    box.setAttribute("aria-busy", "true");
    const metrics = (box.dataset.metrics || "").split(" ").filter(Boolean);
    if (!metrics.length && !box.dataset.url) return say(box, _("Choose a metric."));
    if (typeof uPlot === "undefined") return say(box, _("The chart's library was not fetched: run make setup. The table has the figures."));
    // Either the last hours, or a stretch that the page or the answer names.
    let until = box.dataset.until ? new Date(box.dataset.until) : new Date();
    let since = box.dataset.since ? new Date(box.dataset.since) : new Date(until - (box.dataset.hours || 24) * 3600e3);
    const query = new URLSearchParams({ since: since.toISOString(), until: until.toISOString(), points: "600" });
    metrics.forEach((metric) => query.append("metric", metric));
    let found;
    try {
      const address = box.dataset.url ? `${box.dataset.url}?points=600` : `/api/v1/devices/${encodeURIComponent(box.dataset.device)}/history?${query}`;
      const answer = await fetch(address, { headers: { Accept: "application/json" } });
      if (!answer.ok) return say(box, _("The history could not be read (%(status)s). Load the page again.", { status: answer.status }));
      found = await answer.json();
    } catch { return say(box, _("The collector cannot be reached. Load the page again.")); }
    if (box.dataset.url) [since, until] = [new Date(found.since), new Date(found.until)];
    const mine = (one) => !("instance" in box.dataset) || !one.instance || one.instance === box.dataset.instance;
    const series = found.series.filter(mine).slice(0, 3);
    const target = document.querySelector("[data-table]");
    if (target) table(target, series);
    if (!series.length) return say(box, _("Nothing was measured in this time."));
    const colours = ["--line-1", "--line-2", "--line-3"].map(colour);
    const chart = document.createElement("div");
    const legend = document.createElement("div");
    legend.className = "legend";
    series.forEach((one, number) => {
      const item = document.createElement("span");
      item.className = ["one", "two-nd", "three"][number];
      item.append(document.createElement("i"), `${one.label}${one.instance ? ` ${one.instance}` : ""}: ${words(one.last, one.unit)}`);
      legend.append(item);
    });
    box.replaceChildren(legend, chart);
    box.removeAttribute("aria-busy");
    // What happened, from the page's own list: a shape for each, at the top of the figures.
    const SHAPES = { alert: ["▲", "--crit", 0], ticket: ["■", "--press", 12], change: ["◆", "--soft", 24] };
    const happened = "zoom" in box.dataset || "marks" in box.dataset ? [...document.querySelectorAll("tr[data-mark]")].map((row) => [Date.parse(row.dataset.at) / 1000, SHAPES[row.dataset.mark]]) : [];
    const shapes = (plot) => {
      const paint = plot.ctx;
      paint.save();
      paint.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
      paint.textAlign = "center";
      paint.textBaseline = "top";
      for (const [at, [shape, name, below]] of happened) {
        const left = plot.valToPos(at, "x", true);
        if (left < plot.bbox.left || left > plot.bbox.left + plot.bbox.width) continue;
        paint.fillStyle = colour(name);
        paint.globalAlpha = 0.35;
        paint.fillRect(left, plot.bbox.top, 1, plot.bbox.height);
        paint.globalAlpha = 1;
        paint.fillText(shape, left, plot.bbox.top + below * devicePixelRatio);
      }
      paint.restore();
    };
    // A stretch that is dragged over has a page of its own.
    const zoom = (plot) => {
      if (!("zoom" in box.dataset) || plot.select.width < 8) return;
      const at = (left) => new Date(1000 * plot.posToVal(left, "x")).toISOString();
      const address = new URL(location.href);
      address.searchParams.set("since", at(plot.select.left));
      address.searchParams.set("until", at(plot.select.left + plot.select.width));
      location.assign(address);
    };
    const size = () => ({ width: Math.max(240, box.clientWidth), height: box.classList.contains("tall") ? 320 : 170 });
    const grid = { stroke: colour("--rule"), width: 1 };
    const figures = spread(series);
    // One axis for each unit; in a line's colour where it is that line's alone.
    const units = [...new Set(series.map((one) => one.unit))];
    const tint = (unit) => series.filter((one) => one.unit === unit).length > 1 ? colour("--soft") : colours[series.findIndex((one) => one.unit === unit)];
    // What happened, as lines on the time axis with their words.
    const marks = (plot) => (found.marks || []).forEach((mark, number) => {
      const { ctx, bbox } = plot;
      const at = plot.valToPos(Date.parse(mark.at) / 1000, "x", true);
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = colour("--soft");
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath(); ctx.moveTo(at, bbox.top); ctx.lineTo(at, bbox.top + bbox.height); ctx.stroke();
      ctx.textAlign = at > bbox.left + bbox.width / 2 ? "right" : "left";
      ctx.fillText(` ${mark.what} `, at, bbox.top + (14 + 14 * number) * devicePixelRatio);
      ctx.restore();
    });
    const plot = new uPlot({
      ...size(),
      legend: { show: false },
      cursor: { drag: { x: "zoom" in box.dataset, setScale: false } },
      hooks: { draw: [marks, shapes], setSelect: [zoom] },
      scales: { x: { range: [since / 1000, until / 1000] }, ...Object.fromEntries(units.map((unit) => [unit, { range: (_, low, high) => unit === "ratio" ? [0, Math.max(1, high ?? 0)] : [Math.min(0, low ?? 0), (high ?? 1) * 1.05 || 1] }])) },
      axes: [{ stroke: colour("--soft"), grid, space: 80, values: (_, ticks) => ticks.map((tick, place) => clock(tick, ticks[place - 1])) }, ...units.map((unit, number) => ({ scale: unit, side: number ? 1 : 3, stroke: tint(unit), grid: number ? { show: false } : grid, size: 64, ...(STEPS[unit] && { incrs: STEPS[unit] }), values: (_, ticks) => ticks.map((tick) => words(tick, unit)) }))],
      series: [{}, ...series.map((one, number) => ({ label: one.label, scale: one.unit, stroke: colours[number], width: 1.5, spanGaps: false, points: { show: false }, value: (_, value) => words(value, one.unit) }))],
    }, figures, chart);
    plot.root.setAttribute("role", "img");
    plot.root.setAttribute("aria-label", _("%(series)s over %(hours)s hours, gaps: %(gaps)s", { series: series.map((one) => one.label).join(", "), hours: Math.round((until - since) / 3600e3), gaps: gaps(figures) }));
    new ResizeObserver(() => plot.setSize(size())).observe(box);
  };
  each("[data-chart]", draw);
  each("form[data-history]", (form) => form.addEventListener("change", () => form.requestSubmit()));
  each("[data-copy]", (field) => {
    if (!navigator.clipboard) return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: _("Copy") });
    button.addEventListener("click", () => navigator.clipboard.writeText(field.value).then(() => { button.textContent = _("Copied"); }));
    field.after(button);
  });
})();
