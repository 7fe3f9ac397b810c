/* Maps on a page without a server, such as a notebook: drawn, pooled, hovered, zoomed and walked over as in the
   dashboard. No cell is fetched and nothing else is either. `bundle(ASSETS / "notebook.js")` of
   dashboard/web/scripts.py makes one script of it, which needs plotly.js and this:

   <div id="one-heatmap"></div> <div id="one-live"></div> <p id="one-pooled"></p>
   <script>layerscope.showMap("one", figure);</script> */

import { startClicks } from "./cell/clicks.js";
import { startKeys } from "./cell/keys.js";
import { startPins } from "./cell/pins.js";
import { element } from "./base/elements.js";
import { newGraph } from "./base/plotly_internals.js";
import { draw } from "./map/draw.js";
import { startPointer } from "./map/pointer.js";
import { mapOf, maps, partOf } from "./map/state.js";

/**
 * Draw a figure as dashboard/drawing/packing.py packs it.
 * @param {string} prefix of the ids of the map's parts
 * @param {any} figure
 */
function showMap(prefix, figure) {
  const map = mapOf(prefix);
  const meta = { ...figure.layout.meta, predictions: false };
  const graph = partOf(map, "heatmap").appendChild(element("div"));
  return newGraph(graph, draw(map, { ...figure, layout: { ...figure.layout, meta } }));
}

/* A notebook may hold this script once for every map: the first one is kept, with its maps. */
if (!("layerscope" in globalThis)) {
  Object.assign(globalThis, { layerscope: Object.freeze({ maps, showMap }) });
  startPointer();
  startPins();
  startClicks();
  startKeys();
}
