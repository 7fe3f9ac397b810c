/* Which column and row of one map belong to which of another: of two maps and their difference. */

/** @import { MapState, Place } from "../map/types.js" */
import { clamp, visible } from "../map/cells.js";

/**
 * What the server says of two maps and their difference (dashboard/maps/comparing/synced_maps.py).
 * @typedef {object} Partners
 * @property {string[]} maps the prefixes: left, right, difference
 * @property {(number | null)[][]} columns of every column of any map the three that belong together
 * @property {(number | null)[]} rightOfLeft the right map's row of every row of the left one
 * @property {(number | null)[]} leftOfRight
 * @property {boolean} hasRowsOfLeft whether the difference has the left map's rows
 * @property {boolean} hasDifference
 * @property {Map<number, (number | null)[]>[]} [from] the entries of `columns`, by each map's own column
 */

/** @param {Partners} found @returns {Partners} */
export function withIndex(found) {
  const from = [0, 1, 2].map((at) => new Map(found.columns.map((column) => [column[at], column])));
  return { ...found, from };
}

/** The column of another map that belongs to this one's; null for none. @param {Partners} partners */
function columnIn({ maps, from }, map, other, column) {
  return from[maps.indexOf(map.prefix)].get(column)?.[maps.indexOf(other.prefix)] ?? null;
}

/** @param {Partners} partners */
function rowIn({ maps, rightOfLeft, leftOfRight, hasRowsOfLeft }, map, other, row) {
  const [from, to] = [map, other].map(({ prefix }) => maps.indexOf(prefix));
  const isOfLeft = from === 0 || (from === 2 && hasRowsOfLeft);
  const rows = isOfLeft ? [row, rightOfLeft[row]] : [leftOfRight[row], row];
  return [...rows, hasRowsOfLeft ? rows[0] : rows[1]][to] ?? null;
}

/**
 * The cell of another map that belongs to this one's; null for none.
 * @param {Partners} partners
 * @param {MapState} map
 * @param {MapState} other
 * @param {Place | null} cell
 */
export function partnerOf(partners, map, other, cell) {
  if (!cell) return null;
  const [row, column] = [rowIn(partners, map, other, cell.row), columnIn(partners, map, other, cell.column)];
  return row === null || column === null ? null : { row, column };
}

/**
 * The ranges of another map that show the same as these; null where nothing in view has a partner.
 * @param {Partners} partners
 * @param {MapState} map
 * @param {MapState} other
 * @param {{ x: number[], y: number[] }} ranges
 */
export function rangesIn(partners, map, other, { x, y }) {
  const rows = y.map((edge, at) => clamp(Math.round(edge + (at ? -0.501 : 0.501)), map.rows));
  const columns = visible(map, x);
  const across = rangeIn(columns, map.columns, other.columns, (at) => columnIn(partners, map, other, at));
  const up = rangeIn(rows, map.rows, other.rows, (at) => rowIn(partners, map, other, at));
  return across && up ? { x: across, y: up } : null;
}

/** From the first partner in view to the last; all where all is in view, null where none is.
    @param {number[]} inView @param {number} size @param {number} otherSize
    @param {(at: number) => number | null} find */
function rangeIn([first, last], size, otherSize, find) {
  if (first === 0 && last === size - 1) return [-0.5, otherSize - 0.5];
  const places = Array.from({ length: last - first + 1 }, (_, at) => find(first + at)).filter((at) => at !== null);
  return places.length ? [Math.min(...places) - 0.5, Math.max(...places) + 0.5] : null;
}
