/* A map by keyboard: one tab stop, arrows move a cell, Enter opens it, P pins it, Escape closes or leaves it. */

/** @import { MapState } from "../map/types.js" */
/** @import { Graph } from "../base/plotly_internals.js" */
import { emit, on } from "../base/events.js";
import { clamp, describe, isMissing } from "../map/cells.js";
import { outline } from "../map/outlines.js";
import { hideTooltip, say, showTooltip } from "../map/tooltip.js";
import { setOpen, toggle, togglePin } from "./pins.js";
import { trackWord } from "./tracking.js";

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };

export function startKeys() {
  on("ready", ({ map, element }) => listenToKeys(map, element));
}

/** @param {MapState} map @param {Graph} element */
function listenToKeys(map, element) {
  element.tabIndex = 0;
  element.setAttribute("role", "application");
  element.setAttribute("aria-label", "Heatmap: arrow keys move between cells, Enter opens one, P pins one");
  element.addEventListener("keydown", (event) => press(map, element, event));
  element.addEventListener("blur", () => {
    element.classList.remove("is-clicked");
    leave(map);
  });
  element.addEventListener("keydown", () => element.classList.remove("is-clicked"), { capture: true });
  element.addEventListener("pointerdown", () => element.classList.add("is-clicked"), { capture: true });
}

/** @param {MapState} map */
function press(map, element, event) {
  if (event.key === "Enter" && map.cursor) return toggle(map, map.cursor);
  const chosen = map.cursor || map.open;
  if (event.key.toLowerCase() === "p" && chosen) return togglePin(map, chosen);
  if (event.key.toLowerCase() === "t" && chosen) return trackWord(map, chosen);
  if (event.key === "Escape") return map.cursor ? leave(map) : setOpen(map, null);
  if (!STEPS[event.key]) return;
  event.preventDefault();
  move(map, STEPS[event.key], cellsInView(map, element.layout));
  const cell = describe(map, map.cursor.row, map.cursor.column);
  showTooltip(cell);
  emit("hover", { map, cell });
  say(cell);
}

/** First and last row and column of what a zoom shows of the map. @param {MapState} map */
function cellsInView(map, { xaxis, yaxis }) {
  const ends = ([low, high], size) => [clamp(Math.ceil(low), size), clamp(Math.floor(high), size)];
  return { rows: ends(yaxis.range, map.rows), columns: ends(xaxis.range, map.columns) };
}

const within = ([first, last], place) => Math.min(last, Math.max(first, place));

/** One step on, over columns that are missing; a step that leads out of sight is not taken.
    @param {MapState} map */
function move(map, [up, right], { rows, columns }) {
  const start = { row: rows[1], column: columns[0] - 1 };
  const isInView = (cell) => cell && cell.row === within(rows, cell.row)
    && cell.column === within(columns, cell.column);
  const at = [map.cursor, map.open].find(isInView) || start;
  const row = within(rows, at.row + up);
  let column = at.column + right;
  while (isMissing(map, column)) column += right || 1;
  if (column !== within(columns, column)) column = within(columns, at.column);
  Object.assign(map, { cursor: { row, column }, hovered: null });
  outline(map);
}

/** @param {MapState} map */
function leave(map) {
  hideTooltip();
  if (!map.cursor) return;
  map.cursor = null;
  outline(map);
  emit("hover", { map, cell: null });
}
