/* The layer and token sliders of a map, in step with zooming. */

/** @import { MapState } from "./types.js" */
import { firstInputId } from "../base/dash_internals.js";
import { relayout } from "../base/plotly_internals.js";
import { visible } from "./cells.js";
import { graph, mapOfId, setPart } from "./state.js";

/** A new map: both sliders from its first to its last. @param {MapState} map */
export function fitSliders(map) {
  tellView(map, null);
  setPart(map, "layers", { max: Math.max(1, map.rows - 1), value: [0, map.rows - 1] });
  setPart(map, "tokens", { max: Math.max(1, map.columns - 1), value: [0, map.columns - 1] });
}

/** The map was zoomed: the sliders follow. @param {MapState} map */
export function moveSliders(map, { xaxis, yaxis }) {
  const [low, high] = yaxis.range;
  const columns = visible(map, xaxis.range);
  const rows = [Math.round(low + 0.001), Math.round(high - 0.001)];
  setPart(map, "tokens", { value: columns });
  setPart(map, "layers", { value: rows });
  const [[bottom, top], [left, right]] = [rows, columns];
  const isWhole = bottom <= 0 && top >= map.rows - 1 && left <= 0 && right >= map.columns - 1;
  tellView(map, isWhole ? null : [Math.max(0, bottom), top, Math.max(0, left), right]);
}

/** @type {Record<string, { view: number[] | null, timer?: ReturnType<typeof setTimeout> }>} */
const told = {};
const STILL = 300; // milliseconds without zooming before the reading follows

/** The reading is of what is in view: rows, then columns, from the first to the last; null is the whole map.
    @param {MapState} map @param {number[] | null} view */
function tellView(map, view) {
  const last = (told[map.prefix] = told[map.prefix] || { view: null });
  clearTimeout(last.timer);
  if (JSON.stringify(view) === JSON.stringify(last.view)) return;
  last.timer = setTimeout(() => {
    last.view = view;
    setPart(map, "in_view", { data: view });
  }, view ? STILL : 0);
}

/** Dash calls this when a slider was moved: the map follows, unless it is there already. */
export function setRange(layers, tokens) {
  const element = graph(mapOfId(firstInputId()));
  if (!element?.layout?.xaxis?.range) return;
  const wanted = { "xaxis.range": edges(tokens), "yaxis.range": edges(layers) };
  const { xaxis, yaxis } = element.layout;
  if (near(xaxis.range, wanted["xaxis.range"]) && near(yaxis.range, wanted["yaxis.range"])) return;
  relayout(element, wanted);
}

const edges = ([first, last]) => [first - 0.5, last + 0.5];
const near = (one, other) => one.every((edge, at) => Math.abs(edge - other[at]) < 0.5);
