/* Every view's state in the address, and back: what dashboard/links/url_state.py declares and reads.

   A view's state is the values of its parts and, of each of its maps, the ranges, the opened cell and the
   pins. It is written into the fragment as a person works, one step of the history for each change. A
   fragment that is opened goes to the server's reader and comes back as values to set. */
(function () {
  "use strict";

  const PAUSE = 350;
  const GIVE_UP = 12; // looks, not seconds: a page that is slow to begin has not given up
  const PATIENCE = 30000; // for the reader of an address
  const values = {}; // of every part, by id and property
  const wanted = {}; // of each map that a link is to bring back
  const begun = new Set();
  let links = null;
  let timer = null;
  let idleLooks = 0; // at maps that a link wants and that nobody computes
  let opening = -Infinity; // since when an address is on its way to the reader
  let followed = ""; // the address that was followed or written last
  let isTouched = true; // whether anybody has done anything since the address was followed
  let typed = null; // to be put back once what the link says has been computed

  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const viewOf = (hash) => hash.slice(1).split("/")[0];
  /* A view may have addresses of its own, such as #probe/published/Math; a state begins with its version. */
  const holdsState = (hash) => /^#[^/]*\/\d+\./.test(hash);
  function shown() {
    const name = viewOf(window.location.hash);
    return links.views[name] ? name : Object.keys(links.views)[0];
  }

  /* Dash calls this whenever a part of any view changes. */
  function rememberParts() {
    Object.assign(values, window.dash_clientside.callback_context.inputs);
    keepTyped();
    later();
  }

  /* At every key, for Dash may be busy: the next thing that a person does may be to go back. */
  document.addEventListener("input", ({ target }) => {
    if (!links?.views[shown()].parts.some((part) => part.typed && part.id === target.id)) return;
    values[`${target.id}.value`] = target.value;
    keepTyped();
  });

  for (const what of ["pointerdown", "keydown", "input", "click"]) {
    document.addEventListener(what, ({ isTrusted }) => { isTouched ||= isTrusted; }, true); // not by a script
  }

  const isOpening = () => performance.now() - opening < PATIENCE;

  /* What stands in the boxes of the view on screen and is not what its maps are of. */
  function keepTyped(but = {}) {
    // Between two steps of the history what Dash tells of is still the step that was left.
    if (!links || isOpening() || typed || window.location.hash !== followed) return;
    const parts = links.views[shown()].parts.filter((part) => part.typed);
    window.layerscope.keepDraft(parts.map(({ name, id, property, asked }) =>
      ({ name, value: values[`${id}.${property}`], known: [askedOf(...asked), but[name]] })));
  }

  /* Into the boxes: what had been typed when this step of the history was left. */
  function putBack(view) {
    const parts = links.views[view].parts.filter(({ name }) => name in typed);
    for (const { name, id, property } of parts) set(id, { [property]: typed[name] });
    typed = null;
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(() => record().catch(() => {}), PAUSE);
  }

  /* Write the state of the view on screen into the address, once it has come to rest. */
  async function record() {
    if (!links || window.location.hash !== followed) return; // the browser is about to tell of another
    const view = shown();
    if (isBusy(view)) return later();
    for (const prefix of links.views[view].moreMaps) delete wanted[prefix]; // that was not drawn
    if (typed) putBack(view);
    const state = stateOf(view);
    const before = window.location.hash;
    if (!state) return;
    const hash = await linkTo(view, state);
    if (window.location.hash !== before || isOpening()) return;
    // What a link leads to may be written otherwise than in it: that is no step, or Back would lead here again.
    if (hash !== before && holdsState(before) && isTouched) {
      keepTyped(state.parts); // what was run is in the step that follows
      window.history.pushState(window.layerscope.nextStep(), "", hash);
    } else if (hash !== before) window.history.replaceState(window.history.state, "", hash);
    followed = hash;
    keepTyped();
  }

  /* The fragment of a state. */
  const linkTo = async (view, state) => `#${view}/${links.version}.${await pack(state)}`;

  /* While a link is being brought back, and while a map is computed, there is no whole state to write. */
  function isBusy(view) {
    const { maps: prefixes, moreMaps } = links.views[view];
    const computing = [...prefixes, ...moreMaps].some((prefix) =>
      document.getElementById(`${prefix}-card`)?.classList.contains("is-busy"));
    const waits = prefixes.some((prefix) => wanted[prefix]);
    idleLooks = waits && !computing ? idleLooks + 1 : 0;
    if (idleLooks > GIVE_UP) {
      for (const prefix of prefixes) delete wanted[prefix]; // it could not be computed; the page said why
      return false;
    }
    return computing || waits || isOpening();
  }

  /* Null while a map has not been drawn: there is nothing to come back to. */
  function stateOf(view) {
    const { parts, maps, moreMaps } = links.views[view];
    const seen = moreMaps.filter((prefix) => document.getElementById(`${prefix}-card`)?.offsetParent);
    const drawn = [...maps, ...seen].map((prefix) => window.layerscope.mapOf(prefix));
    if (drawn.some((map) => !map.meta)) return null;
    const of = ({ id, property, asked: [prefix, key] }) =>
      (prefix ? askedOf(prefix, key) : values[`${id}.${property}`]);
    const all = Object.fromEntries(parts.map((part) => [part.name, of(part)]));
    const counts = ({ name, onlyWith: [other, value] }) => all[name] != null && (!other || all[other] === value);
    return { parts: Object.fromEntries(parts.filter(counts).map(({ name }) => [name, all[name]])),
             maps: Object.fromEntries(drawn.map((map) => [map.prefix, window.layerscope.mapState(map)])) };
  }

  function askedOf(prefix, key) {
    const request = window.layerscope.mapOf(prefix).meta?.request;
    return key ? request?.[key] : request;
  }

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  /* Whether a map is of something else than a part says; what its request does not have does not matter. */
  function isOther(request, key, value) {
    if (!request) return true;
    return key ? key in request && !same(request[key], value) : !same(request, value);
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
    [opening, typed, followed] = [-Infinity, null, hash];
    if (!holdsState(hash)) {
      begin(shown());
      return later();
    }
    if (hash.length > links.most) return tell([`This link has ${hash.length.toLocaleString("en")} characters; `
      + `the longest that is read has ${links.most.toLocaleString("en")}.`], shown());
    opening = performance.now();
    isTouched = false;
    set("share-fragment", { data: hash });
  }

  /* A view that computes something of its own accord does so when it is first seen. */
  async function begin(view) {
    await window.layerscope.entered(view);
    const { run, starts } = links.views[view];
    if (starts && !begun.has(view)) set(run, { data: { at: Date.now() } });
    begun.add(view);
  }

  /* Dash calls this with what the server made of the fragment. */
  async function openState({ fragment, view, parts, maps, said, complete }) {
    if (links.views[view]) await window.layerscope.entered(view);
    if (fragment !== window.location.hash) return; // the person has gone on
    opening = -Infinity;
    const linked = links.views[view];
    if (!linked || !Object.keys(parts).length) return tell(said, shown());
    tell(said);
    begun.add(view);
    const differs = linked.parts.some(({ name, asked: [prefix, key] }) =>
      prefix && name in parts && isOther(askedOf(prefix), key, parts[name]));
    for (const { name, id, property, asked, model } of linked.parts) {
      if (!(name in parts)) continue;
      if (model) window.layerscope.addChoice(id, parts[name]);
      // Told of a model or a switch, even the same one, a view runs what is in its box.
      if (asked[0] && same(values[`${id}.${property}`], parts[name])) continue;
      set(id, { [property]: parts[name] });
      values[`${id}.${property}`] = parts[name]; // Dash tells of it when it has the time
    }
    typed = window.layerscope.draft();
    if (!complete) putBack(view);
    later();
    if (!complete) return;
    idleLooks = 0;
    for (const [prefix, state] of Object.entries(maps)) {
      const map = window.layerscope.mapOf(prefix);
      const isMore = linked.moreMaps.includes(prefix);
      if (isMore && !Object.keys(state).length) continue; // nothing is said of it: it follows the others
      if (isMore) wanted[prefix] = { ...state, request: [] };
      if (differs) wanted[prefix] = { ...state, request: requestOf(linked, prefix, parts) };
      else if (map.meta) window.layerscope.showState(map, state);
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
    followed = window.location.hash;
    window.layerscope.showView(instead);
    begin(instead);
  }

  /* A map of another text is about to be drawn (maps.js): the ranges that a link wants, if it is that one. */
  function restore(map) {
    const state = wanted[map.prefix];
    if (!state || state.request.some(([key, value]) => isOther(map.meta.request, key, value))) return null;
    delete wanted[map.prefix];
    compareRevisions(map, state);
    return window.layerscope.restoreState(map, state);
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
    restore, holdsState, linkTo, recordState: record });
  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, {
    rememberParts, openState });
})();
