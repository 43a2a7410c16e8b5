// Tickets: the board by keyboard and mouse, and forms of a ticket that a key opens.
"use strict";
(() => {
  const each = (selector, act, root = document) => root.querySelectorAll(selector).forEach(act);

  // The board. Arrows go through the columns; m moves what has the focus, as dropping it does.
  // Its columns are found anew each time, because live pages change them.
  const dialog = document.getElementById("move");
  const move = (slip, to) => {
    const form = dialog.querySelector("form");
    form.action = `/tickets/${slip.dataset.number}/move`;
    form.elements.version.value = slip.dataset.version;
    if (to) form.elements.to.value = to;
    dialog.querySelector("h2").textContent = _("Move #%(number)s", { number: slip.dataset.number });
    dialog.showModal();
    (to ? form.elements.text : form.elements.to).focus();
  };
  const beside = (slip, step) => {
    const lanes = [...document.querySelectorAll("[data-board] .lane")].filter((lane) => lane.querySelector(".slip"));
    const lane = lanes[lanes.indexOf(slip.closest(".lane")) + step];
    const place = [...slip.parentElement.children].indexOf(slip);
    const slips = lane ? lane.querySelectorAll(".slip") : [];
    return slips[Math.min(place, slips.length - 1)];
  };
  document.addEventListener("keydown", (event) => {
    const slip = event.target.closest("[data-board] .slip");
    if (!slip || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = {
      ArrowDown: () => slip.nextElementSibling, ArrowUp: () => slip.previousElementSibling,
      ArrowRight: () => beside(slip, 1), ArrowLeft: () => beside(slip, -1),
    }[event.key];
    if (next) next()?.querySelector("[data-slip]").focus();
    else if (event.key === "m" && dialog) move(slip);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }, true);
  document.addEventListener("keydown", (event) => {
    const first = document.querySelector("[data-board] [data-slip]");
    if (!first || event.target !== document.body || !event.key.startsWith("Arrow")) return;
    first.focus();
    event.preventDefault();
  }, true);
  if (dialog) {
    const lane = (event) => event.target.closest?.(".lane[data-lane]:not([data-lane=''])");
    const dragged = () => document.querySelector(".slip.dragged");
    document.addEventListener("click", (event) => {
      const link = event.target.closest("[data-move]");
      if (!link) return;
      event.preventDefault();
      move(link.closest(".slip"));
    });
    each("[data-close]", (button) => button.addEventListener("click", () => dialog.close()), dialog);
    document.addEventListener("dragstart", (event) => event.target.closest?.(".slip")?.classList.add("dragged"));
    document.addEventListener("dragend", () => each(".dragged, .over", (one) => one.classList.remove("dragged", "over")));
    document.addEventListener("dragover", (event) => {
      const over = dragged() && lane(event);
      each(".lane.over", (one) => one.classList.toggle("over", one === over));
      if (!over) return;
      event.preventDefault();
      over.classList.add("over");
    });
    document.addEventListener("drop", (event) => {
      const [slip, over] = [dragged(), lane(event)];
      if (!slip || !over) return;
      event.preventDefault();
      if (slip.closest(".lane") !== over) move(slip, over.dataset.lane);
    });
  }

  // A button that leads to a form of this page opens it and goes to its first field.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-opens]");
    const field = link && document.getElementById(link.dataset.opens);
    if (!field) return;
    event.preventDefault();
    const around = field.closest("details");
    if (around) around.open = true;
    field.focus();
    field.scrollIntoView({ block: "center" });
  });
  // Who else is here. A page says so only while somebody does something on it, so that a session
  // that nobody uses ends all the same; after a session's end it is silent.
  const here = document.querySelector("[data-here]");
  if (here) {
    let acted = true;
    let writes = false;
    let over = false;
    ["pointermove", "keydown", "scroll"].forEach((name) => document.addEventListener(name, () => { acted = true; }, { passive: true }));
    document.addEventListener("input", (event) => { if (event.target.form?.closest("[data-keep]")) writes = true; });
    const say = async () => {
      if (!acted || over || document.hidden) return;
      acted = false;
      const answer = await fetch(here.dataset.here, {
        method: "POST",
        body: new URLSearchParams({ csrf: here.dataset.token, is_writing: writes ? "true" : "false" }),
      }).catch(() => null);
      over = answer !== null && !answer.ok;
      if (answer?.ok) here.innerHTML = await answer.text();
    };
    say();
    setInterval(say, 20000);
  }
  // What was typed before htmx was ready is looked for, too.
  window.addEventListener("load", () => each("input[hx-get]", (field) => {
    if (field.value && field.value !== field.defaultValue) field.dispatchEvent(new Event("input", { bubbles: true }));
  }));
  // Enter in a field that finds while it is typed goes on to the next one.
  each("[data-then]", (field) => field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !field.value || typeof htmx === "undefined") return;
    event.preventDefault();
    document.getElementById(field.dataset.then).focus();
  }));
  // Ctrl and Enter send the form that is written in.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form?.requestSubmit();
  });
})();
