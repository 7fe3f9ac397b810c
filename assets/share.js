/* Every view's state in the address, and back: what dashboard/share.py declares and reads.

   A view's state is the values of its parts and, of each of its maps, the ranges, the opened cell and the
   pins. It is written into the fragment as a person works, one step of the history for each change. A
   fragment that is opened goes to the server's reader and comes back as values to set. */
(function () {
  "use strict";

  const PAUSE = 350;
  const GIVE_UP = 4000;
  const REVISION = 16; // characters of it are enough to tell two apart
  const values = {}; // of every part, by id and property
  const wanted = {}; // of each map that a link is to bring back
  const begun = new Set();
  let links = null;
  let timer = null;
  let waitingSince = 0;

  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const viewOf = (hash) => hash.slice(1).split("/")[0];
  /* A view may have addresses of its own, such as #probe/published/Math; a state begins with its version. */
  const holdsState = (hash) => /^#[^/]*\/\d+\./.test(hash);
  const cellOf = ({ row, column }) => [row, column];
  const named = ([row, column]) => ({ row, column });

  function shown() {
    const name = viewOf(window.location.hash);
    return links.views[name] ? name : Object.keys(links.views)[0];
  }

  /* Dash calls this whenever a part of any view changes. */
  function rememberParts() {
    Object.assign(values, window.dash_clientside.callback_context.inputs);
    later();
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(() => record().catch(() => {}), PAUSE);
  }

  /* Write the state of the view on screen into the address, once it has come to rest. */
  async function record() {
    if (!links) return;
    const view = shown();
    if (isBusy(view)) return later();
    const state = stateOf(view);
    const before = window.location.hash;
    if (!state) return;
    const hash = `#${view}/${links.version}.${await pack(state)}`;
    if (window.location.hash !== before || hash === before) return;
    const step = holdsState(before) ? "pushState" : "replaceState";
    window.history[step](null, "", hash);
  }

  /* While a link is being brought back, and while a map is computed, there is no whole state to write. */
  function isBusy(view) {
    const prefixes = links.views[view].maps;
    const computing = prefixes.some((prefix) =>
      document.getElementById(`${prefix}-card`)?.classList.contains("is-busy"));
    if (computing) waitingSince = performance.now();
    const waits = prefixes.some((prefix) => wanted[prefix]);
    if (waits && performance.now() - waitingSince > GIVE_UP) {
      for (const prefix of prefixes) delete wanted[prefix]; // it could not be computed; the page said why
      return false;
    }
    return computing || waits;
  }

  /* Null while a map has not been drawn: there is nothing to come back to. */
  function stateOf(view) {
    const { parts, maps } = links.views[view];
    const drawn = maps.map((prefix) => window.layerscope.mapOf(prefix));
    if (drawn.some((map) => !map.meta)) return null;
    const of = ({ id, property, asked: [prefix, key] }) =>
      (prefix ? askedOf(prefix, key) : values[`${id}.${property}`]);
    const all = Object.fromEntries(parts.map((part) => [part.name, of(part)]));
    const counts = ({ name, onlyWith: [other, value] }) => all[name] != null && (!other || all[other] === value);
    return { parts: Object.fromEntries(parts.filter(counts).map(({ name }) => [name, all[name]])),
             maps: Object.fromEntries(drawn.map((map) => [map.prefix, mapState(map)])) };
  }

  function askedOf(prefix, key) {
    const request = window.layerscope.mapOf(prefix).meta?.request;
    return key ? request?.[key] : request;
  }

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function mapState(map) {
    const { xaxis, yaxis } = window.layerscope.graph(map)?.layout || {};
    const ranges = [["x", xaxis?.range, map.columns], ["y", yaxis?.range, map.rows]]
      .filter(([, range, size]) => range && (range[0] > -0.499 || range[1] < size - 0.501))
      .map(([axis, range]) => [axis, range.map((edge) => Math.round(1000 * edge) / 1000)]);
    return { ...Object.fromEntries(ranges), revision: map.meta.madeBy?.revision.slice(0, REVISION),
             ...(map.open ? { open: cellOf(map.open) } : {}), pins: map.pins.map(cellOf) };
  }

  async function pack(state) {
    const stream = new Blob([JSON.stringify(state)]).stream().pipeThrough(new CompressionStream("deflate"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  /* The address was typed, pasted or walked to. */
  function follow() {
    if (!links) return;
    const { hash } = window.location;
    if (!holdsState(hash)) {
      begin(shown());
      return later();
    }
    if (hash.length > links.most) return tell([`This link has ${hash.length.toLocaleString("en")} characters; `
      + `the longest that is read has ${links.most.toLocaleString("en")}.`], shown());
    set("share-fragment", { data: hash });
  }

  /* A view that computes something of its own accord does so when it is first seen. */
  function begin(view) {
    const { run, starts } = links.views[view];
    if (starts && !begun.has(view)) set(run, { data: { at: Date.now() } });
    begun.add(view);
  }

  /* Dash calls this with what the server made of the fragment. */
  function openState({ fragment, view, parts, maps, said, complete }) {
    if (fragment !== window.location.hash) return; // the person has gone on
    const linked = links.views[view];
    if (!linked || !Object.keys(parts).length) return tell(said, shown());
    tell(said);
    begun.add(view);
    const differs = linked.parts.some(({ name, asked: [prefix, key] }) =>
      prefix && name in parts && !same(askedOf(prefix, key), parts[name]));
    for (const { name, id, property, model } of linked.parts) {
      if (name in parts && model) window.layerscope.addChoice(id, parts[name]);
      if (name in parts) set(id, { [property]: parts[name] });
    }
    if (!complete) return;
    waitingSince = performance.now();
    for (const [prefix, state] of Object.entries(maps)) {
      const map = window.layerscope.mapOf(prefix);
      if (differs) wanted[prefix] = { ...state, request: requestOf(linked, prefix, parts) };
      else if (map.meta) show(map, state);
    }
    if (differs && linked.run) set(linked.run, { data: { at: Date.now() } });
  }

  function requestOf(linked, prefix, parts) {
    const own = linked.parts.filter(({ name, asked }) => asked[0] === prefix && name in parts);
    return own.flatMap(({ name, asked: [, key] }) =>
      (key ? [[key, parts[name]]] : Object.entries(parts[name])));
  }

  /* What a link says, or nothing; and the view that begins where the link led nowhere. */
  function tell(said, instead) {
    set("share-notice", { children: said.join(" "), hide: !said.length });
    if (!instead) return;
    if (window.location.hash.includes("/")) window.history.replaceState(null, "", `#${instead}`);
    document.dispatchEvent(new CustomEvent("layerscope:view", { detail: { name: instead } }));
    begin(instead);
  }

  /* A map of another text is about to be drawn (maps.js): the ranges that a link wants, if it is that one. */
  function restore(map) {
    const state = wanted[map.prefix];
    if (!state || state.request.some(([key, value]) => !same(map.meta.request[key], value))) return null;
    delete wanted[map.prefix];
    compareRevisions(map, state);
    const full = whole(map);
    const ranges = { xaxis: { range: state.x || full.x }, yaxis: { range: state.y || full.y } };
    window.layerscope.tellSliders(map, ranges);
    showCells(map, state);
    return ranges;
  }

  const whole = (map) => ({ x: [-0.5, map.columns - 0.5], y: [-0.5, map.rows - 0.5] });

  function show(map, state) {
    window.layerscope.zoomTo(map, { ...whole(map), ...(state.x && { x: state.x }), ...(state.y && { y: state.y }) });
    showCells(map, state);
  }

  function showCells(map, { open, pins }) {
    const inside = ([row, column]) => row < map.rows && column < map.columns
      && !window.layerscope.isMissing(map, column);
    const cells = (pins || []).filter(inside).map(named);
    if (!same(cells, map.pins)) window.layerscope.setPins(map, cells);
    const cell = open && inside(open) ? named(open) : null;
    if (cell?.row !== map.open?.row || cell?.column !== map.open?.column) window.layerscope.setOpen(map, cell);
  }

  function compareRevisions(map, { revision }) {
    const { madeBy } = map.meta;
    if (!revision || !madeBy || madeBy.revision.startsWith(revision)) return;
    tell([`This link was made with revision ${revision.slice(0, 10)} of ${madeBy.model}; this server has `
      + `${madeBy.revision.slice(0, 10)}. The numbers may differ.`]);
  }

  function start() {
    const declared = document.getElementById("share-views");
    if (!declared || !window.dash_clientside?.set_props) return setTimeout(start, 30);
    links = JSON.parse(declared.dataset.links);
    follow();
  }

  window.addEventListener("hashchange", follow);
  for (const what of ["drawn", "zoom", "opened", "pins"]) document.addEventListener(`layerscope:${what}`, later);
  start();

  window.layerscope = Object.assign(window.layerscope || {}, {
    restore, holdsState, recordState: record, isBegun: (view) => begun.add(view) });
  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, {
    rememberParts, openState });
})();
