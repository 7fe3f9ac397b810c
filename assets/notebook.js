/* Maps on a page without a server, such as a notebook: drawn, pooled, hovered, zoomed and walked over as in the
   dashboard. No cell is fetched and nothing else is either. dashboard/web/standalone_page.py makes a page of it;
   `bundle(ASSETS / "notebook.js")` of dashboard/web/scripts.py is one script, which needs plotly.js and this:

   <div id="one-heatmap"></div> <div id="one-live"></div> <p id="one-pooled"></p>
   <script>layerscope.showMap("one", figure);</script> */

import { startClicks } from "./cell/clicks.js";
import { startKeys } from "./cell/keys.js";
import { setPins, startPins } from "./cell/pins.js";
import { element } from "./base/elements.js";
import { newGraph } from "./base/plotly_internals.js";
import { draw, restoreRangesWith } from "./map/draw.js";
import { startPointer } from "./base/pointer.js";
import { readPredictionsWith, unpack } from "./map/predictions.js";
import { mapOf, maps, partOf } from "./map/state.js";
import { startFrame } from "./page/frame.js";
import { startReading } from "./page/reading.js";
import { startWords } from "./words/overlay.js";

/** The predictions of every map that has some, by its prefix. */
const given = {};

/**
 * Draw a figure as dashboard/drawing/packing.py packs it.
 * @param {string} prefix of the ids of the map's parts
 * @param {any} figure
 * @param {{ packed: string, texts: Record<number, string> } | null} [predictions] packed as there, in base64
 * @param {{ cellText?: string, profiles?: string, pins?: any[], x?: number[], y?: number[] }} [shown] as it was saved
 */
async function showMap(prefix, figure, predictions, { x, y, pins = [], ...chosen } = {}) {
  const map = mapOf(prefix);
  Object.assign(map, chosen);
  if (predictions) given[prefix] = { ...unpack(bytesOf(predictions.packed)), texts: predictions.texts };
  const meta = { ...figure.layout.meta, predictions: Boolean(predictions) };
  const graph = partOf(map, "heatmap").appendChild(element("div"));
  if (x && y) restoreRangesWith(() => ({ xaxis: { range: x }, yaxis: { range: y } }));
  await newGraph(graph, draw(map, { ...figure, layout: { ...figure.layout, meta } }));
  if (pins.length) setPins(map, pins);
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer;

/* A notebook may hold this script once for every map: the first one is kept, with its maps. */
if (!("layerscope" in globalThis)) {
  Object.assign(globalThis, { layerscope: Object.freeze({ maps, showMap, startFrame }) });
  readPredictionsWith((prefix) => Promise.resolve(given[prefix]));
  startPointer();
  startWords();
  startReading();
  startPins();
  startClicks();
  startKeys();
}
