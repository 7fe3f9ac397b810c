/* Draws the maps of the page. The server's figure holds every number, and its layout.meta says what they are;
   nothing is asked for when a map is hovered, zoomed or walked over. */

/** @import { MapState, Ranges } from "./types.js" */
import { firstInputId, isDashReady, noUpdate, setProps } from "../base/dash_internals.js";
import { emit } from "../base/events.js";
import { changeGraph } from "../base/plotly_internals.js";
import { visible } from "./cells.js";
import { coloursOf } from "../base/colours.js";
import { fit } from "./fitting.js";
import { listenWhenDrawn } from "./listen.js";
import { marks } from "./marks.js";
import { pooled, readNumbers, sayPooling } from "./pooling.js";
import { fetchPredictions } from "./predictions.js";
import { roomFor } from "./room.js";
import { fitSliders } from "./sliders.js";
import { graph, mapOfId, partOf } from "./state.js";
import { refreshTooltip } from "./tooltip.js";

/** @type {(map: MapState) => Ranges | null} */
let rangesToRestore = () => null;

/** Ask `find` for the ranges to show whenever another text is drawn: a link may bring them along. */
export function restoreRangesWith(find) {
  rangesToRestore = find;
}

/** @type {(map: MapState, width: number) => number} */
let roomAbove = () => 0;

/** Ask `find` how many pixels to leave above a map, given the width of a column. */
export function leaveRoomWith(find) {
  roomAbove = find;
}

/** Dash calls this with the server's figure and the profiles to show; what it returns is drawn. */
export function show(figure, profiles) {
  const map = mapOfId(firstInputId());
  map.profiles = profiles;
  return figure ? draw(map, figure) : noUpdate();
}

/**
 * The figure that Plotly is to draw, of the server's figure, which stays as it is, to be drawn again.
 * @param {MapState} map
 */
export function draw(map, figure) {
  const changed = take(map, figure);
  map.drawing = true; // what is marked meanwhile is drawn with the rest
  const zoomed = changed ? start(map) : map.ranges; // a figure before this one may not be on screen yet
  map.drawing = false;
  const drawn = copyOf(figure);
  const [first, last] = visible(map, zoomed?.xaxis?.range || [0, map.columns - 1]);
  Object.assign(drawn.data[0], pooled(map, first, last, roomFor(map)), {
    colorscale: coloursOf(map), hoverinfo: "none", hovertemplate: undefined, hoverongaps: true });
  sayPooling(map);
  const above = roomAbove(map, roomFor(map) / (last - first + 1));
  if (above) drawn.layout.margin.t = above; // marks of sinks are counted in it
  fit(map, drawn, last - first + 1);
  // Plotly forgets a figure's height when the window is resized, and takes that of its container.
  partOf(map, "heatmap").style.height = `${drawn.layout.height}px`;
  keepZoom(map, drawn.layout, zoomed);
  Object.assign(drawn.layout, marks(map));
  requestAnimationFrame(() => listenWhenDrawn(map, drawForWindow));
  emit("drawn", { map, changed, restored: changed && Boolean(zoomed) });
  return drawn;
}

/** Read the figure into the map's state; true if it is of another text or of other columns.
    @param {MapState} map */
function take(map, figure) {
  const { meta, shapes, annotations } = figure.layout;
  const key = JSON.stringify([meta.request, meta.positions]);
  const subject = JSON.stringify([key, meta.name, meta.withSinks]);
  const changed = map.key !== key;
  if (subject !== map.subject) map.regions = []; // another reading speaks of other cells
  const base = { shapes: shapes || [], annotations: annotations || [] };
  Object.assign(map, { meta, key, subject, figure, base });
  readNumbers(map, figure.data[0]);
  return changed;
}

/** Another text: what was pointed at, opened and pinned was not in it. @param {MapState} map */
function start(map) {
  map.cursor = map.hovered = null;
  emit("renewed", { map });
  fetchPredictions(map).then((haveCome) => {
    if (!haveCome) return;
    refreshTooltip();
    emit("predicted", { map });
  });
  fitSliders(map);
  return rangesToRestore(map);
}

function copyOf(figure) {
  const { xaxis, yaxis, margin } = figure.layout;
  const layout = { ...figure.layout, meta: undefined, xaxis: { ...xaxis }, yaxis: { ...yaxis }, margin: { ...margin } };
  return { ...figure, data: [{ ...figure.data[0] }, ...figure.data.slice(1)], layout };
}

/** A zoom outlives a change of measure. @param {MapState} map */
function keepZoom(map, layout, zoomed) {
  for (const axis of ["xaxis", "yaxis"]) {
    const range = zoomed?.[axis]?.range;
    if (range) layout[axis] = { ...layout[axis], range: [...range] };
  }
  map.ranges = { xaxis: { range: layout.xaxis.range }, yaxis: { range: layout.yaxis.range } };
}

/** A window of another size has another room for the map, which is drawn again.
    @param {MapState} map */
function drawForWindow(map) {
  const figure = draw(map, map.figure);
  if (isDashReady()) setProps(`${map.prefix}-heatmap`, { figure });
  else changeGraph(graph(map), figure); // a page without a server
}
