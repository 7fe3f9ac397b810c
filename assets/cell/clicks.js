/* Clicks and taps on a map. Plotly swallows a click that comes within 50 ms of the pointer's last move, and a browser
   makes none where a drawing replaced what the button went down on, so the mouse's own press and release are listened
   to here; fingers are left to Plotly. A finger's first tap reads a cell, its second opens it. */

/** @import { Cell, MapState } from "../map/types.js" */
/** @import { Graph } from "../base/plotly_internals.js" */
import { emit, on } from "../base/events.js";
import { axesOf, isPlotArea, scaleOf } from "../base/plotly_internals.js";
import { cellOf, clamp, sameCell } from "../map/cells.js";
import { fitSliders } from "../map/sliders.js";
import { partOf } from "../map/state.js";
import { hideTooltip, showTooltip } from "../map/tooltip.js";
import { point } from "../map/view.js";
import { setOpen, toggle, togglePin } from "./pins.js";

const STILL = 8; // pixels that Plotly, too, does not take for a drag
const DOUBLE_CLICK = 500; // milliseconds

let clickedAt = 0;
let lastTwo = []; // clicks, as the browser told them
let touchedAt = -Infinity;

export function startClicks() {
  on("ready", ({ map, element }) => {
    listenToFingers(map, element);
    listenToMouse(map, element);
    listenToDoubleClicks(map, element);
  });
}

/** @param {MapState} map @param {Graph} element */
function listenToFingers(map, element) {
  element.on("plotly_click", ({ points, event }) => {
    if (isTap(event)) click(element, points[0].curveNumber === 0 && cellOf(map, points[0]), event);
  });
}

/** @param {MapState} map @param {Graph} element */
function listenToMouse(map, element) {
  let press = null; // what the mouse went down on, until it was clicked or dragged
  element.addEventListener("pointerdown", (event) => {
    press = null;
    if (event.pointerType === "touch" || event.button !== 0 || !isPlotArea(event.target)) return;
    press = { event, key: map.key, cell: cellUnder(map, element, event) };
    if (press.cell && !event.shiftKey) emit("pressed", { map, cell: press.cell });
  }, true);
  document.addEventListener("pointerup", (event) => { // over the sheet that Plotly lays on the page, or anywhere
    const from = press;
    press = null;
    if (from && from.key === map.key && isNear(from.event, event)) click(element, from.cell, from.event);
  }, true);
}

/** @param {MapState} map @param {Graph} element */
function listenToDoubleClicks(map, element) {
  element.on("plotly_doubleclick", () => {
    if (map.byFinger) return; // a tap and its echo
    if (lastTwo.length === 2 && !isNear(lastTwo[0], lastTwo[1])) return; // Plotly asks for the time alone
    if (!sameCell(map.open, map.before)) setOpen(map, map.before); // the two clicks were not meant for the cell
    fitSliders(map);
  });
}

const isTap = (event) => /^touch/.test(event.type);
const isNear = (one, other) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) < STILL;

/** A click moves the focus to its map, so that what it opened can be pinned and left by key. That comes before
    anything is shown, for the map that loses the focus hides the tooltip. */
function click(element, cell, event) {
  element.focus({ preventScroll: true });
  if (!isTap(event)) lastTwo = [...lastTwo.slice(-1), event];
  if (cell && !isEcho(event)) answer(cell, event);
}

/** Browsers repeat a tap as a click of the mouse. */
function isEcho(event) {
  const now = event.timeStamp; // when it happened, not when this busy page came to it
  if (isTap(event)) touchedAt = now;
  return !isTap(event) && now - touchedAt < DOUBLE_CLICK;
}

/** @param {Cell} cell */
function answer(cell, event) {
  const { map } = cell;
  map.byFinger = isTap(event);
  if (map.byFinger && !sameCell(map.tapped, cell)) return read(cell);
  map.tapped = null;
  hideTooltip();
  if (event.timeStamp - clickedAt > DOUBLE_CLICK) map.before = map.open;
  clickedAt = event.timeStamp;
  if (event.shiftKey) return togglePin(map, cell);
  toggle(map, cell);
  if (map.byFinger && map.open) scrollToPanel(map);
}

/** The first tap of a finger. */
function read(cell) {
  cell.map.tapped = cell;
  point(cell.map, cell);
  showTooltip(cell);
  emit("hover", { map: cell.map, cell });
}

/** On a phone the panel is below the map: there is nothing to see of it otherwise. @param {MapState} map */
function scrollToPanel(map) {
  const panel = partOf(map, "panel");
  if (panel && !panel.closest(".opened-cells")) panel.scrollIntoView({ block: "start" });
}

/** The cell at a place on screen, drawn or pooled. A pointer's place has fractions and a mouse's has none;
    Plotly goes by the mouse, and a click is to open the cell that the tooltip names. @param {MapState} map */
function cellUnder(map, element, { target, clientX, clientY }) {
  const trace = element.data?.[0];
  if (trace?.z?.length !== map.rows || !trace.dx) return null; // another map's figure, or none
  const { left, top } = target.getBoundingClientRect();
  const { x, y } = axesOf(element);
  const scale = scaleOf(element);
  const bin = Math.round((x.valueAt((Math.floor(clientX) - left) / scale) - trace.x0) / trace.dx);
  const row = clamp(Math.round(y.valueAt((Math.floor(clientY) - top) / scale)), map.rows);
  return cellOf(map, { pointNumber: [row, clamp(bin, map.source.length / map.rows)] });
}
