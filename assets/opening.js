/* The panel of the cell that is open: fetched from when a mouse button goes down on it, and put there as
   dashboard/as_one.py wrote it. A map whose panel a callback of Dash makes only tells Dash. */
(function () {
  "use strict";

  const set = (map, part, props) => window.dash_clientside.set_props(`${map.prefix}-${part}`, props);
  const part = (map, name) => document.getElementById(`${map.prefix}-${name}`);
  const isFetched = (map) => part(map, "cell")?.hasAttribute("data-parts");

  /* Whatever Dash is told, it asks every part of the page about: what is seen at once comes first. */
  const afterNextFrame = (act) => requestAnimationFrame(() => setTimeout(act));

  let refused = false;

  /* Shows a cell, or that none is open; Dash hears of it when it is there. */
  async function showCell(map, cell) {
    announce(map, cell);
    if (!isFetched(map)) return afterNextFrame(() => tellDash(map, cell));
    if (!cell) return put(map, null, "[]");
    const parts = await askedFor(map, cell).catch(() => null);
    if (map.open !== cell) return null;
    if (parts && refused) window.dash_clientside.set_props("page-error", { hide: true });
    refused = !parts; // why, assets/page.js has said
    return parts ? put(map, cell, parts) : window.layerscope.setOpen(map, null);
  }

  function put(map, cell, parts) {
    part(map, "cell").dataset.parts = parts;
    part(map, "panel").removeAttribute("data-waits");
    afterNextFrame(() => {
      if (map.open === cell) set(map, "opened", { data: cell && window.layerscope.asked(map, cell) });
    });
  }

  function tellDash(map, cell) {
    if (map.open !== cell) return;
    if (part(map, "cell")) set(map, "cell", { children: null });
    set(map, "opened", { data: cell && window.layerscope.asked(map, cell) });
  }

  /* Until the server has answered, the panel says which cell it is to be about. */
  function announce(map, cell) {
    const waiting = part(map, "waiting");
    if (!waiting) return;
    const { tokens, layers } = map.meta;
    waiting.querySelector("code").textContent = cell ? tokens[cell.column] : "";
    waiting.querySelector("span").textContent = cell ? `layer ${layers[cell.row]}` : "";
    part(map, "panel").toggleAttribute("data-waits", Boolean(cell));
  }

  /* While a callback works, Dash says so by itself. */
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (target.matches(".cell.is-busy")) target.removeAttribute("data-waits");
    }
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["class"] });

  /* What was asked for last, so that a click need not ask again for what it was pressed on. */
  let last = { key: null, parts: null };

  function askedFor(map, cell) {
    const { requests_pathname_prefix: prefix } =
      JSON.parse(document.getElementById("_dash-config").textContent);
    const body = JSON.stringify(window.layerscope.asked(map, cell));
    const key = map.prefix + body;
    if (last.key === key) return last.parts;
    const forget = () => { if (last.key === key) last = { key: null, parts: null }; };
    const parts = fetch(`${prefix}_layerscope/cell/${map.prefix}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body,
    }).then((response) => (response.ok ? response.text() : Promise.reject(new Error(response.statusText))));
    parts.catch(forget);
    last = { key, parts };
    return parts;
  }

  document.addEventListener("layerscope:pressed", ({ detail: { map, cell } }) => {
    if (isFetched(map)) askedFor(map, cell);
  });

  window.layerscope = Object.assign(window.layerscope || {}, { showCell });
})();
