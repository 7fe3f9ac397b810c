/* Listens to what happens to a drawn map: pointing, zooming, another size. Clicks and keys are listened to by
   those who hear "ready". */

/** @import { MapState } from "./types.js" */
import { emit } from "../base/events.js";
import { axesOf, followZoom, isGraphReady, keepMarksFromDash, relayout, resizeGraph, restyle }
  from "../base/plotly_internals.js";
import { cellOf, visible } from "./cells.js";
import { coloursOf } from "../base/colours.js";
import { layerStep, tickStep } from "./fitting.js";
import { outline } from "./outlines.js";
import { isByFinger } from "../base/pointer.js";
import { pooled, sayPooling } from "./pooling.js";
import { hasOtherRoom } from "./room.js";
import { moveSliders } from "./sliders.js";
import { graph } from "./state.js";
import { hideTooltip, showTooltip } from "./tooltip.js";
import { redraw } from "./view.js";

const REST = 60; // milliseconds without another size of the window

/**
 * Once for every element that Plotly makes.
 * @param {MapState} map
 * @param {(map: MapState) => void} drawAgain for a window of another size
 */
export function listenWhenDrawn(map, drawAgain) {
  const element = graph(map);
  if (!isGraphReady(element)) return requestAnimationFrame(() => listenWhenDrawn(map, drawAgain));
  if (element.dataset.listening) return;
  element.dataset.listening = "true";
  keepMarksFromDash(element);
  followZoom(element);
  listenToHover(map, element);
  listenToDrawing(map, element);
  listenToPage(map, element, drawAgain);
  emit("ready", { map, element });
}

/** @param {MapState} map */
function listenToHover(map, element) {
  element.on("plotly_hover", ({ points }) => {
    const cell = points[0].curveNumber === 0 && cellOf(map, points[0]);
    if (!cell) return;
    map.hovered = cell;
    outline(map);
    showTooltip(cell);
    emit("hover", { map, cell });
  });
  element.on("plotly_unhover", () => {
    if (isByFinger()) return; // a finger leaves a map when it touches something else
    hideTooltip();
    map.hovered = null;
    outline(map);
    emit("hover", { map, cell: null });
  });
}

/** @param {MapState} map */
function listenToDrawing(map, element) {
  element.on("plotly_relayout", (change) => {
    if (!Object.keys(change).some((key) => /^[xy]axis\.range/.test(key))) return;
    const { xaxis: { range: x }, yaxis: { range: y } } = element.layout;
    map.ranges = { xaxis: { range: [...x] }, yaxis: { range: [...y] } };
    fitAgain(map, element);
    moveSliders(map, element.layout);
    emit("zoom", { map, x: [...x], y: [...y] });
  });
  element.on("plotly_afterplot", () => {
    followZoom(element);
    poolAgain(map, element);
    outline(map);
    emit("plotted", { map });
    // What was pinned while a figure was on its way.
    if ((element.layout.shapes || []).length !== map.nMarks) redraw(map);
  });
}

/** @param {MapState} map */
function listenToPage(map, element, drawAgain) {
  new MutationObserver(() => {
    if (map.figure && element.data?.length) restyle(element, { colorscale: [coloursOf(map)] });
    redraw(map);
  }).observe(document.documentElement, { attributes: true, attributeFilter: ["data-mantine-color-scheme"] });
  let timer = null;
  const fitLater = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (!map.figure || !element.clientWidth) return; // of a view that is not on screen
      if (hasOtherRoom(map)) drawAgain(map);
      else fitAgain(map, element);
    }, REST);
  };
  window.addEventListener("resize", fitLater);
  window.addEventListener("load", fitLater); // a style sheet may come late
  resizeWhenSeen(element);
}

/** What is drawn while its view is away has no size, and no picture. */
function resizeWhenSeen(element) {
  let isSeen = element.clientWidth > 0;
  new ResizeObserver(() => {
    if (!isSeen && element.clientWidth) resizeGraph(element);
    isSeen = element.clientWidth > 0;
  }).observe(element);
}

/** What is in view has changed, or the room for it. @param {MapState} map */
function fitAgain(map, element) {
  if (!map.z || !element.clientWidth) return;
  poolAgain(map, element);
  const { xaxis, yaxis } = element.layout;
  const [first, last] = visible(map, xaxis.range);
  const [low, high] = yaxis.range;
  const ticks = { "xaxis.dtick": tickStep(map, last - first + 1, axesOf(element).x.length),
                  "yaxis.dtick": layerStep(high - low) };
  if (ticks["xaxis.dtick"] !== xaxis.dtick || ticks["yaxis.dtick"] !== yaxis.dtick) relayout(element, ticks);
}

/** As many columns as there are pixels, which only what is drawn knows: one more, and Plotly would leave some
   column out. @param {MapState} map */
function poolAgain(map, element) {
  const [drawn] = element.data || [];
  if (drawn?.z?.length !== map.rows || !drawn.dx) return; // another map's figure, or none
  const { range, length } = axesOf(element).x;
  const [first, last] = visible(map, range);
  const update = pooled(map, first, last, length);
  sayPooling(map);
  if (update.dx === drawn.dx && update.xgap === drawn.xgap) return;
  restyle(element, { ...update, z: [update.z] });
}
