// What scripts say: as the page's language has it, in English where it has nothing.
"use strict";
(() => {
  const block = document.getElementById("texts");
  const said = block ? JSON.parse(block.textContent) : {};
  globalThis._ = (text, values = {}) => (said[text] ?? text).replace(/%\((\w+)\)s/g, (all, name) => values[name] ?? all);
})();
