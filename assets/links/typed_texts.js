/* Keeps the texts that were typed and not run, and puts them back. */

import { allInputs, setProps } from "../base/dash_internals.js";
import { onPage } from "../base/events.js";
import { draft, keepDraft, typedTexts } from "./drafts.js";
import { askedOf, isOpening, session, shownView, valueOf } from "./session.js";

/** Dash may be busy, and the next thing that a person does may be to go back: so texts are kept at every key. */
export function startTypedTexts() {
  onPage("input", ({ target }) => {
    if (!session.links?.views[shownView()].parts.some((part) => part.typed && part.id === target.id)) return;
    session.values[`${target.id}.value`] = target.value;
    keepTyped();
  });
}

/** Remember the values that Dash reports. */
export function rememberValues() {
  Object.assign(session.values, allInputs());
  keepTyped();
}

/** What stands in the boxes of the view on screen, except what its maps or `ran` are of. */
export function keepTyped(ran = {}) {
  const { links, typed, followed } = session;
  // Between two steps of the history Dash still reports the step that was left.
  if (!links || isOpening() || typed || window.location.hash !== followed) return;
  const boxes = links.views[shownView()].parts.filter((part) => part.typed);
  keepDraft(typedTexts(boxes.map((part) =>
    ({ name: part.name, value: valueOf(part),
       known: [part.fromRequest[0] && askedOf(...part.fromRequest), ran[part.name]] }))));
}

/** Read what had been typed when this step of the history was left; `putBack` writes it into the boxes. */
export function takeDraft() {
  session.typed = draft();
}

export function putBack(view) {
  for (const { name, id, property } of session.links.views[view].parts) {
    if (name in session.typed) setProps(id, { [property]: session.typed[name] });
  }
  session.typed = null;
}
