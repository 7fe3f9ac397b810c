/* What is in view of a drawn map, and its marks: changed from outside without drawing the map again. */

/** @import { MapState, Place } from "./types.js" */
import { relayout } from "../base/plotly_internals.js";
import { clamp } from "./cells.js";
import { marks } from "./marks.js";
import { outline } from "./outlines.js";
import { graph } from "./state.js";

/** Draw the map's marks again. @param {MapState} map */
export function redraw(map) {
  const element = graph(map);
  if (element && map.meta && !map.drawing) relayout(element, marks(map));
}

/**
 * Show these ranges, as [from, to] of columns and of rows.
 * @param {MapState} map
 * @param {{ x: number[], y: number[] }} ranges
 */
export function zoomTo(map, { x, y }) {
  const element = graph(map);
  const now = element?.layout;
  const near = (one, other) => one.every((edge, at) => Math.abs(edge - other[at]) < 0.01);
  if (!now?.xaxis?.range || (near(now.xaxis.range, x) && near(now.yaxis.range, y))) return;
  relayout(element, { "xaxis.range": [...x], "yaxis.range": [...y] });
}

/** Outline a cell as if it were hovered; null takes the outline away.
    @param {MapState} map @param {Place | null} cell */
export function point(map, cell) {
  map.cursor = cell && { row: clamp(cell.row, map.rows), column: clamp(cell.column, map.columns) };
  outline(map);
}
