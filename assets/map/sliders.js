/* The layer and token sliders of a map, in step with zooming. */

/** @import { MapState } from "./types.js" */
import { firstInputId } from "../base/dash_internals.js";
import { relayout } from "../base/plotly_internals.js";
import { visible } from "./cells.js";
import { graph, mapOfId, setPart } from "./state.js";

/** A new map: both sliders from its first to its last. @param {MapState} map */
export function fitSliders(map) {
  setPart(map, "layers", { max: Math.max(1, map.rows - 1), value: [0, map.rows - 1] });
  setPart(map, "tokens", { max: Math.max(1, map.columns - 1), value: [0, map.columns - 1] });
}

/** The map was zoomed: the sliders follow. @param {MapState} map */
export function moveSliders(map, { xaxis, yaxis }) {
  const [low, high] = yaxis.range;
  setPart(map, "tokens", { value: visible(map, xaxis.range) });
  setPart(map, "layers", { value: [Math.round(low + 0.001), Math.round(high - 0.001)] });
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
