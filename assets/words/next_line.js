/* The line of tokens above a map: what comes next after each column, as the token below is what was read. Where the
   text ends it is the model's own choice. */

/** @import { MapState } from "../map/types.js" */
import { isMissing, positionOf } from "../map/cells.js";
import { likeliest, likeliestId } from "../map/predictions.js";
import { isNarrow } from "../map/room.js";
import { fontOf } from "./cell_text.js";
import { fitted } from "./fit.js";

const UPRIGHT_FROM = 34, ASLANT_FROM = 14; // pixels of a column
const ROOM_ASLANT = 44; // pixels along a label
const ABOVE_UPRIGHT = 22, ABOVE_ASLANT = 50, MARKS = 14; // pixels above the map
const BELOW_BAR = 16; // in a narrow window, where the bar of colours is above the map, too
const MORE = 40; // pixels that the last one may reach beyond its column
export const NEXT_SIZE = 11;

/**
 * @typedef {object} Next
 * @property {number} column
 * @property {string} text
 * @property {boolean} isChoice true for the choice of the model, where the text ends
 * @typedef {object} NextLine
 * @property {Next[]} tokens
 * @property {boolean} isAslant
 * @property {number} up pixels above the map
 */

/** Whether a map has such a line: brackets over columns stand where it would. @param {MapState} map */
const hasLine = (map) => Boolean(map.meta.next?.length)
  && !map.base.shapes.some(({ ysizemode }) => ysizemode === "pixel");

/** How far above the map it stands, for the marks of sinks are next to it. @param {MapState} map */
const upOf = (map) => (map.meta.leftOut?.length ? MARKS : 0);

/** Pixels above the map for columns of this width. @param {MapState} map @param {number} width */
export function roomAbove(map, width) {
  if (!hasLine(map)) return 0;
  const isAslant = width >= ASLANT_FROM && width < UPRIGHT_FROM;
  return upOf(map) + (isAslant ? ABOVE_ASLANT : ABOVE_UPRIGHT) + (isNarrow() ? BELOW_BAR : 0);
}

/**
 * The line for the columns in view, cut to its room.
 * @param {MapState} map
 * @param {import("./cell_text.js").View} view
 * @returns {NextLine}
 */
export function nextLine(map, { columns: [first, last], width }) {
  const up = upOf(map) + 6;
  const isAslant = width < UPRIGHT_FROM;
  if (!hasLine(map) || width < ASLANT_FROM || map.width > 1) return { tokens: [], isAslant, up };
  const font = fontOf(NEXT_SIZE);
  const tokens = [];
  for (let column = first; column <= last; column++) {
    const isChoice = map.meta.next[column] === null;
    const room = (isAslant ? ROOM_ASLANT : width - 4) + (isChoice ? MORE / (isAslant ? 10 : 1) : 0);
    const text = fitted(textOf(map, column), room, font);
    if (text) tokens.push({ column, text, isChoice });
  }
  return { tokens, isAslant, up };
}

/** @param {MapState} map @param {number} column */
function textOf(map, column) {
  if (isMissing(map, column)) return "";
  const text = map.meta.next[column];
  if (text !== null) return text;
  const choice = likeliest(map, map.rows - 1, positionOf(map, column));
  return choice ? `→ ${choice}` : "";
}

/** The id of the token after a column, or of the model's choice; null where it is not known.
    @param {MapState} map @param {number} column */
export function nextIdOf(map, column) {
  if (map.meta.next?.[column] === null) return likeliestId(map, map.rows - 1, positionOf(map, column));
  const after = map.meta.names ? -1 : column + 1; // named columns are not neighbours in a text
  return map.meta.ids?.[after] ?? null;
}
