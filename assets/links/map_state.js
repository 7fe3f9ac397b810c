/* What a link says of one map besides its numbers: the ranges, the opened cell and the pins. */

/** @import { MapState, Place, Ranges } from "../map/types.js" */
import { emit } from "../base/events.js";
import { setOpen, setPins } from "../cell/pins.js";
import { isMissing, sameCell } from "../map/cells.js";
import { moveSliders } from "../map/sliders.js";
import { graph } from "../map/state.js";
import { zoomTo } from "../map/view.js";

/**
 * Cells are [row, column]; a range that is the whole axis is left out.
 * @typedef {{ x?: number[], y?: number[], revision?: string, open?: number[], pins?: number[][] }} LinkedMap
 */

const REVISION = 16; // characters of it are enough to tell two apart
const pairOf = ({ row, column }) => [row, column];
/** @param {number[]} pair @returns {Place} */
const placeOf = ([row, column]) => ({ row, column });
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** The state of a map that is on screen. @param {MapState} map */
export const mapState = (map) => stateOf(map, graph(map)?.layout);

/**
 * @param {MapState} map
 * @param {any} layout Plotly's, with the ranges of both axes
 * @returns {LinkedMap}
 */
export function stateOf(map, layout) {
  const { xaxis, yaxis } = layout || {};
  const axes = /** @type {[string, number[], number][]} */ (
    [["x", xaxis?.range, map.columns], ["y", yaxis?.range, map.rows]]);
  const ranges = axes.filter(([, range, size]) => range && (range[0] > -0.499 || range[1] < size - 0.501))
    .map(([axis, range]) => [axis, range.map((edge) => Math.round(1000 * edge) / 1000)]);
  return { ...Object.fromEntries(ranges), revision: map.meta.madeBy?.revision.slice(0, REVISION),
           ...(map.open ? { open: pairOf(map.open) } : {}), pins: map.pins.map(pairOf) };
}

/** The ranges of a state, or the whole map. @param {MapState} map @param {LinkedMap} state */
export const rangesOf = (map, { x, y }) =>
  ({ x: x || [-0.5, map.columns - 0.5], y: y || [-0.5, map.rows - 0.5] });

/** Show a state on a map that is drawn. Each map of a link has a state of its own: none leads another meanwhile.
    @param {MapState} map @param {LinkedMap} state */
export function showState(map, state) {
  const ranges = rangesOf(map, state);
  map.restoring = true;
  emit("restored", { map, ...ranges });
  zoomTo(map, ranges);
  showCells(map, state);
  map.restoring = false;
}

/** @param {MapState} map @param {LinkedMap} state */
function showCells(map, { open, pins }) {
  const isInside = (/** @type {number[]} */ [row, column]) =>
    row < map.rows && column < map.columns && !isMissing(map, column);
  const cells = (pins || []).filter(isInside).map(placeOf);
  if (!same(cells, map.pins)) setPins(map, cells);
  const cell = open && isInside(open) ? placeOf(open) : null;
  if ((cell || map.open) && !sameCell(cell, map.open)) setOpen(map, cell);
}

/**
 * On a map that is about to be drawn: the ranges to draw.
 * @param {MapState} map
 * @param {LinkedMap} state
 * @returns {Ranges}
 */
export function restoreState(map, state) {
  const { x, y } = rangesOf(map, state);
  const ranges = { xaxis: { range: x }, yaxis: { range: y } };
  moveSliders(map, ranges);
  showCells(map, state);
  return ranges;
}
