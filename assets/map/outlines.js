/* Outlines of the open cell and of the hovered one, with its row and its column: boxes over the map. These follow
   every click and key, and Plotly would take longer to draw one than a cell takes to open. */

/** @import { MapState, Place } from "./types.js" */
/** @import { Axis } from "../base/plotly_internals.js" */
import { axesOf } from "../base/plotly_internals.js";
import { element } from "../base/elements.js";
import { graph } from "./state.js";

/** Also after every zoom and change of size, when the cells have moved. @param {MapState} map */
export function outline(map) {
  const drawn = graph(map);
  const axes = axesOf(drawn);
  if (!axes) return;
  const pointedAt = map.hovered || map.cursor;
  const cell = pointedAt && placeOf(map, axes, pointedAt);
  frame(drawn, "is-row", cell && { ...cell, left: axes.x.offset, width: axes.x.length });
  frame(drawn, "is-column", cell && { ...cell, top: axes.y.offset, height: axes.y.length });
  frame(drawn, "is-open", map.open && placeOf(map, axes, map.open));
  frame(drawn, "is-pointed-at", cell);
}

/** Where a cell is within its figure; null where it is not drawn. @param {MapState} map @param {Place} cell */
export function boxOf(map, cell) {
  const axes = axesOf(graph(map));
  return axes && placeOf(map, axes, cell);
}

function frame(drawn, name, place) {
  const old = drawn.querySelector(`:scope > .outline.${name}`);
  if (!place) return old?.remove();
  const box = old || drawn.appendChild(element("div"));
  box.className = `outline ${name}`;
  for (const [side, pixels] of Object.entries(place)) box.style[side] = `${pixels}px`;
  return box;
}

/** Where a cell is within the figure, or null where a zoom has left it out; it may share its column.
    @param {MapState} map @param {{ x: Axis, y: Axis }} axes @param {Place} place */
function placeOf(map, { x, y }, { row, column }) {
  const first = column - (column % map.width);
  const [left, width] = span(x, first - 0.5, first + map.width - 0.5);
  const [top, height] = span(y, row + 0.5, row - 0.5);
  return width > 0 && height > 0 ? { left, top, width, height } : null;
}

/** First pixel and number of pixels. @param {Axis} axis @param {number} from @param {number} to */
function span(axis, from, to) {
  const [start, end] = [from, to].map((at) => Math.min(axis.length, Math.max(0, axis.pixelOf(at))));
  return [axis.offset + start, end - start];
}
