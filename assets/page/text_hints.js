/* Hints about the text of Explore, and what their buttons do. */

import { noUpdate, triggerId } from "../base/dash_internals.js";

/** Dash calls this with a text and what is drawn; it says which of the hints are hidden: that the map is of another
    text, that the text ends with a space. */
export function hintAtText(text, request) {
  const isEdited = Boolean(request?.text) && (text || "") !== request.text;
  return [!isEdited, isEdited || !request?.text || !/\s$/.test(request.text)];
}

/** Dash calls this with a text that is to be run; of spaces at its end none stays if their hint was clicked. */
export function runTrimmed(clicks, trims, text) {
  if (!clicks && !trims) return [noUpdate(), noUpdate()];
  const run = triggerId() === "explore-trim" ? text.trimEnd() : text;
  return [run, { text: run, at: Date.now() }];
}
