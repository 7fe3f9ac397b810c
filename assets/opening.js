/* The panel of the cell that is open: fetched from when a mouse button goes down on it, and put there as
   dashboard/page/static_html.py wrote it. A map whose panel a callback of Dash makes only tells Dash. */
(function () {
  "use strict";

  const ERROR = "page-error";
  const NO_ANSWER = "The cell could not be fetched: the server does not answer. Click it again in a moment.";
  const set = (map, part, props) => window.dash_clientside.set_props(`${map.prefix}-${part}`, props);
  const part = (map, name) => document.getElementById(`${map.prefix}-${name}`);
  const isFetched = (map) => part(map, "cell")?.hasAttribute("data-parts");

  /* Whatever Dash is told, it asks every part of the page about: what is seen at once comes first. */
  const afterNextFrame = (act) => requestAnimationFrame(() => setTimeout(act));

  /* Shows a cell, or that none is open; Dash hears of it when it is there. */
  async function showCell(map, cell) {
    announce(map, cell);
    if (!isFetched(map)) return afterNextFrame(() => tellDash(map, cell));
    if (!cell) return put(map, null, "[]");
    try {
      const parts = await askedFor(map, cell);
      if (map.open === cell) put(map, cell, parts);
      if (map.open === cell) complain(null);
    } catch (error) {
      if (map.open === cell) giveUp(map, error.sentence || NO_ANSWER);
    }
    return null;
  }

  function put(map, cell, parts) {
    part(map, "cell").dataset.parts = parts;
    markBusy(map, false);
    afterNextFrame(() => {
      if (map.open === cell) set(map, "opened", { data: cell && window.layerscope.asked(map, cell) });
    });
  }

  /* Nobody closed the cell: other maps keep theirs, and the address says nothing of it. */
  function giveUp(map, sentence) {
    map.open = null;
    window.layerscope.outline(map);
    put(map, null, "[]");
    complain(sentence);
  }

  /* Says why a cell is not there, or takes that back; what others say stays. */
  let complaint = null;
  function complain(sentence) {
    const { children, hide } = window.dash_component_api.getLayout(ERROR)?.props || {};
    if (!sentence && (!complaint || hide || children !== complaint)) return;
    complaint = sentence;
    window.dash_clientside.set_props(ERROR, sentence ? { children: sentence, hide: false } : { hide: true });
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
    markBusy(map, Boolean(cell));
  }

  function markBusy(map, isBusy) {
    part(map, "panel").toggleAttribute("data-waits", isBusy);
    part(map, "panel").ariaBusy = String(isBusy);
  }

  /* While a callback works, Dash says so by itself. */
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      if (target.matches(".cell.is-busy[data-waits]")) target.removeAttribute("data-waits");
    }
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["class"] });

  /* What was asked for last of each map, so that a click need not ask again for what it was pressed on. */
  const last = new Map();

  function askedFor(map, cell) {
    const body = JSON.stringify(window.layerscope.asked(map, cell));
    if (last.get(map)?.body !== body) {
      const parts = fetched(map, body);
      const asked = { body, parts };
      last.set(map, asked);
      parts.catch(() => last.get(map) === asked && last.delete(map));
    }
    return last.get(map).parts;
  }

  async function fetched(map, body) {
    const response = await fetch(window.layerscope.addressOf(`cell/${map.prefix}`), {
      method: "POST", headers: { "Content-Type": "application/json" }, body });
    const text = await response.text();
    const said = JSON.parse(text);
    if (Array.isArray(said)) return text;
    throw Object.assign(new Error("refused"), { sentence: said.error });
  }

  document.addEventListener("layerscope:pressed", ({ detail: { map, cell } }) => {
    const isOpen = map.open && map.open.row === cell.row && map.open.column === cell.column;
    if (isFetched(map) && !isOpen) askedFor(map, cell);
  });

  window.layerscope = Object.assign(window.layerscope || {}, { showCell });
})();
