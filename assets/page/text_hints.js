/* Hints about the text of Explore, and what their buttons do. */

import { noUpdate, triggerId } from "../base/dash_internals.js";

/** Dash calls this with a text and what is drawn; it says which of the hints are hidden: that the map is of another
    text, that the text ends with a space. */
export function hintAtText(text, request) {
  const isEdited = Boolean(request?.text) && (text || "") !== request.text;
  return [!isEdited, isEdited || !request?.text || !/\s$/.test(request.text)];
}

/** Dash calls this with a text and the figure of its map; it says whether to hide the hint at a token that is there
    twice. */
export function hintAtTwice(text, figure) {
  const meta = figure?.layout?.meta;
  return !meta || text !== meta.request.text || once(text, meta) === text;
}

/**
 * The text without the tokens at its start and end that the tokenizer adds as well: there one more stands in the map
 * than in the text.
 * @param {string} text
 * @param {{ ids: (number | null)[], tokens: string[] }} meta of the map of this text
 */
export function once(text, { ids, tokens }) {
  const last = ids.length - 1;
  const first = ids.findIndex((id) => id !== ids[0]);
  const nFirst = first < 0 ? ids.length : first;
  const nLast = last - ids.findLastIndex((id) => id !== ids[last]);
  const isAdded = (count, token, repeats) => count > 1 && token && repeats(token.repeat(count - 1)) &&
    !repeats(token.repeat(count));
  const start = isAdded(nFirst, tokens[0], (some) => text.startsWith(some)) ? tokens[0].length : 0;
  const end = isAdded(nLast, tokens[last], (some) => text.endsWith(some)) ? tokens[last].length : 0;
  return text.slice(start, text.length - end);
}

/** Dash calls this with a text that is to be run; what the hint that was clicked speaks of is taken out of it. */
export function runTrimmed(clicks, trims, once_, text, figure) {
  if (!clicks && !trims && !once_) return [noUpdate(), noUpdate()];
  const changes = { "explore-trim": () => text.trimEnd(), "explore-once": () => once(text, figure.layout.meta) };
  const run = changes[triggerId()]?.() ?? text;
  return [run, { text: run, at: Date.now() }];
}
