/* Opens the state that the address holds: the fragment goes to the server's reader and comes back as values to set,
   and as the ranges and cells of maps, which wait until their map is drawn. */

/** @import { MapState, Ranges } from "../map/types.js" */
/** @import { LinkedMap } from "./map_state.js" */
/** @import { LinkedView } from "./session.js" */
import { isDashReady, setProps } from "../base/dash_internals.js";
import { restoreRangesWith } from "../map/draw.js";
import { mapOf } from "../map/state.js";
import { addChoice } from "../page/choices.js";
import { entered, showView } from "../page/views.js";
import { holdsState } from "./address.js";
import { restoreState, showState } from "./map_state.js";
import { recordLater } from "./record.js";
import { askedOf, session, shownView, valueOf } from "./session.js";
import { putBack, takeDraft } from "./typed_texts.js";
import { isOther, requestOf, same } from "./view_state.js";

export function startLinks() {
  restoreRangesWith(restore);
  window.addEventListener("hashchange", follow);
  readDeclared();
}

/** Once Dash has drawn the page. */
function readDeclared() {
  const declared = document.getElementById("share-views");
  if (!declared || !isDashReady()) return setTimeout(readDeclared, 30);
  session.links = JSON.parse(declared.dataset.links);
  follow();
}

/** The address was typed, pasted or walked to. */
function follow() {
  const { links } = session;
  if (!links) return;
  const { hash } = window.location;
  Object.assign(session, { openingSince: -Infinity, typed: null, followed: hash });
  if (!holdsState(hash)) {
    begin(shownView());
    return recordLater();
  }
  if (hash.length > links.most) return leadNowhere([`This link has ${hash.length.toLocaleString("en")} characters; `
    + `the longest that is read has ${links.most.toLocaleString("en")}.`]);
  session.openingSince = performance.now();
  session.isTouched = false;
  setProps("share-fragment", { data: hash });
}

/** A view that computes something of its own accord does so when it is first seen. */
async function begin(view) {
  await entered(view);
  const { run, starts } = session.links.views[view];
  if (starts && !session.begun.has(view)) setProps(run, { data: { at: Date.now() } });
  session.begun.add(view);
}

/** Dash calls this with what the server made of the fragment. */
export async function openState({ fragment, view, parts, maps, said, complete }) {
  const linked = session.links.views[view];
  if (linked) await entered(view);
  if (fragment !== window.location.hash) return; // the person has gone on
  session.openingSince = -Infinity;
  if (!linked || !Object.keys(parts).length) return leadNowhere(said);
  say(said);
  session.begun.add(view);
  const differs = isOfOther(linked, parts);
  setParts(linked, parts);
  takeDraft();
  if (!complete) putBack(view);
  recordLater();
  if (!complete) return;
  session.idleLooks = 0;
  for (const [prefix, state] of Object.entries(maps)) {
    if (isToFollow(linked, prefix, state)) continue;
    if (differs) session.wanted[prefix] = { ...state, request: requestOf(linked, prefix, parts) };
    else showWhenDrawn(linked, prefix, state);
  }
  if (differs && linked.run) setProps(linked.run, { data: { at: Date.now() } });
}

/** Whether the maps on screen are of something else than the link says. @param {LinkedView} linked */
const isOfOther = (linked, parts) => linked.parts.some(({ name, fromRequest: [prefix, key] }) =>
  prefix && name in parts && isOther(askedOf(prefix), key, parts[name]));

/** @param {LinkedView} linked */
function setParts(linked, parts) {
  for (const part of linked.parts) {
    const { name, id, property, fromRequest, model } = part;
    if (!(name in parts)) continue;
    if (model || id.endsWith("-measure")) addChoice(id, parts[name]);
    // Setting a model or a switch, even to the same value, makes a view run the text in its box.
    if (fromRequest[0] && same(valueOf(part), parts[name])) continue;
    setProps(id, { [property]: parts[name] });
    session.values[`${id}.${property}`] = parts[name]; // Dash reports it when it has the time
  }
}

/** A map that is not always on the page, and of which the link says nothing, follows the others. */
const isToFollow = (linked, prefix, state) => linked.moreMaps.includes(prefix) && !Object.keys(state).length;

/** @param {LinkedView} linked @param {string} prefix @param {LinkedMap} state */
function showWhenDrawn(linked, prefix, state) {
  const map = mapOf(prefix);
  if (linked.moreMaps.includes(prefix)) session.wanted[prefix] = { ...state, request: [] };
  if (map.meta) showState(map, state);
}

/** What a link says; empty for nothing. */
function say(said) {
  setProps("share-notice", { children: said.join(" "), hide: !said.length });
}

/** Say why a link cannot be opened, and begin with the view on screen. */
function leadNowhere(said) {
  const view = shownView();
  say(said);
  if (window.location.hash.includes("/")) window.history.replaceState(null, "", `#${view}`);
  session.followed = window.location.hash;
  showView(view);
  begin(view);
}

/** The ranges that a link wants of a map of another text that is about to be drawn, if it is that one.
    @param {MapState} map @returns {Ranges | null} */
function restore(map) {
  const state = session.wanted[map.prefix];
  if (!state || state.request.some(([key, value]) => isOther(map.meta.request, key, value))) return null;
  delete session.wanted[map.prefix];
  compareRevisions(map, state);
  return restoreState(map, state);
}

/** @param {MapState} map @param {LinkedMap} state */
function compareRevisions(map, { revision }) {
  const { madeBy } = map.meta;
  if (!revision || !madeBy || madeBy.revision.startsWith(revision)) return;
  say([`This link was made with revision ${revision.slice(0, 10)} of ${madeBy.model}; this server has `
    + `${madeBy.revision.slice(0, 10)}. The numbers may differ.`]);
}
