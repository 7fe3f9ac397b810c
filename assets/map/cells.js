/* Cells of a map: where they are, what they hold, and how the server is asked about one. */

/** @import { Cell, MapState, Place } from "./types.js" */

/** @param {Place | null} one @param {Place | null} other */
export const sameCell = (one, other) =>
  Boolean(one && other && one.row === other.row && one.column === other.column);

/** The nearest index of a list of this size. */
export const clamp = (value, size) => Math.min(size - 1, Math.max(0, value));

/** First and last column of a range of the axis. @param {MapState} map @param {number[]} range */
export const visible = (map, [from, to]) =>
  [clamp(Math.round(from + 0.001), map.columns), clamp(Math.round(to - 0.001), map.columns)];

/** First and last row of a range of the axis. @param {MapState} map @param {number[]} range */
export const rowsInView = (map, [low, high]) =>
  [low + 0.001, high - 0.001].map((edge) => clamp(Math.round(edge), map.rows));

/** Whether a named column has no token. @param {MapState} map @param {number} column */
export const isMissing = (map, column) => map.meta.positions?.[column] === null;

/** Whether a cell is grey: shown for completeness. @param {MapState} map @param {number} row @param {number} column */
export const isMasked = (map, row, column) => Boolean(map.isMaskedRow[row] || map.isMaskedColumn[column]);

/** @param {MapState} map @param {number} column */
export const positionOf = (map, column) => map.meta.positions?.[column] ?? column;

/**
 * A cell with its value. Maps are sent as intensities, as logarithms or as the values themselves.
 * @param {MapState} map
 * @param {number} row
 * @param {number} column
 * @returns {Cell}
 */
export function describe(map, row, column) {
  const z = map.z[row * map.columns + column];
  const { low, high, log10 } = map.meta;
  const cell = { map, row, column, position: positionOf(map, column) };
  if (!low) return { ...cell, value: log10 ? 10 ** z : z };
  const span = high[row] - low[row] || 1;
  return { ...cell, value: low[row] + 2 * (z - 0.5) * span, intensity: z };
}

/**
 * The cell of a drawn point: of a pooled column, the token it stands for. Null where a column is missing.
 * @param {MapState} map
 * @param {{ pointNumber: [number, number] }} point
 */
export function cellOf(map, { pointNumber: [row, bin] }) {
  const column = map.source[row * (map.source.length / map.rows) + bin];
  return isMissing(map, column) ? null : describe(map, row, column);
}

/** The measure that a map shows, as a list, if it has arguments: every map has the others.
    @param {MapState} map @returns {string[]} */
export const measuresOf = ({ meta: { measure } }) => (measure?.includes(" [") ? [measure] : []);

/** The map's own request and which cell of it: the question that opens a cell.
    @param {MapState} map @param {Place} place */
export const cellRequest = (map, { row, column }) => ({
  ...map.meta.request, row, position: positionOf(map, column), column,
  ...(measuresOf(map).length ? { measures: measuresOf(map) } : {}),
  ...(map.meta.names ? { column_name: map.meta.names[column] } : {}) });
