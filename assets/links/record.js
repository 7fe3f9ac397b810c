/* Writes the state of the view on screen into the address as a person works, one step of the history for each
   change. */

import { on, onPage } from "../base/events.js";
import { fragmentOf, holdsState } from "./address.js";
import { nextStep } from "./drafts.js";
import { isOpening, session, shownView } from "./session.js";
import { keepTyped, putBack, rememberValues } from "./typed_texts.js";
import { stateOf } from "./view_state.js";

const PAUSE = 350;
const GIVE_UP = 12; // looks, not seconds: a page that is slow to begin has not given up

let timer = null;

export function startRecording() {
  for (const what of ["pointerdown", "keydown", "input", "click"]) {
    onPage(what, ({ isTrusted }) => { session.isTouched ||= isTrusted; }, true); // not by a script
  }
  for (const what of ["drawn", "zoom", "opened", "pins"]) on(what, recordLater);
}

/** Dash calls this whenever a part of any view changes. */
export function rememberParts() {
  rememberValues();
  recordLater();
}

export function recordLater() {
  clearTimeout(timer);
  timer = setTimeout(() => record().catch(() => {}), PAUSE);
}

/** Write the state of the view on screen into the address, once it has come to rest. */
export async function record() {
  const { links, wanted } = session;
  if (!links || window.location.hash !== session.followed) return; // the browser is about to tell of another
  const view = shownView();
  if (isBusy(view)) return recordLater();
  for (const prefix of links.views[view].moreMaps) delete wanted[prefix]; // that was not drawn
  if (session.typed) putBack(view);
  const state = stateOf(view);
  const before = window.location.hash;
  if (!state) return;
  const hash = await linkTo(view, state);
  if (window.location.hash !== before || isOpening()) return;
  if (hash !== before) write(hash, before, state);
  session.followed = hash;
  keepTyped();
}

/** What a link leads to may be written otherwise than in it: that is no step, or Back would lead here again. */
function write(hash, before, state) {
  if (holdsState(before) && session.isTouched) {
    keepTyped(state.parts); // what was run is in the step that follows
    window.history.pushState(nextStep(), "", hash);
  } else {
    window.history.replaceState(window.history.state, "", hash);
  }
}

/** The fragment of a view's state. */
export const linkTo = (view, state) => fragmentOf(view, session.links.version, state);

/** While a link is being brought back, and while a map is computed, there is no whole state to write. */
function isBusy(view) {
  const { maps, moreMaps } = session.links.views[view];
  const isComputing = [...maps, ...moreMaps].some((prefix) =>
    document.getElementById(`${prefix}-card`)?.classList.contains("is-busy"));
  const waits = maps.some((prefix) => session.wanted[prefix]);
  session.idleLooks = waits && !isComputing ? session.idleLooks + 1 : 0;
  if (session.idleLooks > GIVE_UP) {
    for (const prefix of maps) delete session.wanted[prefix]; // it could not be computed; the page said why
    return false;
  }
  return isComputing || waits || isOpening();
}
