/* Words over a map on screen: what its cells show, and the line of next tokens above it. One picture of texts that is
   written again after every drawing and zoom: Plotly's own texts take ten times as long. */

/** @import { MapState } from "../map/types.js" */
/** @import { Axis } from "../base/plotly_internals.js" */
/** @import { View } from "./cell_text.js" */
import { firstInputId, isDashReady } from "../base/dash_internals.js";
import { escapeHtml } from "../base/elements.js";
import { on } from "../base/events.js";
import { axesOf } from "../base/plotly_internals.js";
import { rowsInView, visible } from "../map/cells.js";
import { leaveRoomWith } from "../map/draw.js";
import { graph, mapOfId } from "../map/state.js";
import { fontOf, wordsOf } from "./cell_text.js";
import { widthOf } from "./fit.js";
import { NEXT_SIZE, nextIdOf, nextLine, roomAbove } from "./next_line.js";

export function startWords() {
  leaveRoomWith(roomAbove);
  on("plotted", ({ map }) => drawWords(map));
  on("predicted", ({ map }) => drawWords(map));
}

/** Dash calls this with what the cells are to show. */
export function showInCells(cellText) {
  const map = mapOfId(firstInputId());
  map.cellText = cellText || "automatic";
  drawWords(map);
}

/** What is seen of a drawn map. @param {MapState} map @returns {View} */
export function viewOf(map, { x, y }) {
  return { columns: visible(map, x.range), rows: rowsInView(map, y.range),
           width: x.length / (x.range[1] - x.range[0]), height: y.length / (y.range[1] - y.range[0]) };
}

/** @param {MapState} map */
export function drawWords(map) {
  const drawn = graph(map);
  const axes = axesOf(drawn);
  if (!axes || !map.meta || !drawn.clientWidth) return;
  const view = viewOf(map, axes);
  const overlay = drawn.querySelector(":scope > .map-words") || drawn.appendChild(newOverlay());
  overlay.innerHTML = inCells(map, view, axes) + above(map, view, axes);
}

function newOverlay() {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  made.setAttribute("class", "map-words");
  made.setAttribute("aria-hidden", "true"); // cells and tokens are read out as the keys walk over them
  return made;
}

const middle = (/** @type {Axis} */ axis, at) => (axis.offset + axis.pixelOf(at)).toFixed(1);

/** @param {MapState} map @param {View} view @param {{ x: Axis, y: Axis }} axes */
function inCells(map, view, { x, y }) {
  const { words, size } = wordsOf(map, view);
  const texts = words.map(({ row, column, text, ink }) =>
    `<text x="${middle(x, column)}" y="${middle(y, row)}" fill="${ink}">${escapeHtml(text)}</text>`);
  return `<g class="in-cells" style="font:${escapeHtml(fontOf(size)).replaceAll('"', "'")}">${texts.join("")}</g>`;
}

/** @param {MapState} map @param {View} view @param {{ x: Axis, y: Axis }} axes */
function above(map, view, { x, y }) {
  const { tokens, isAslant, up } = nextLine(map, view);
  if (!tokens.length) return "";
  const at = (y.offset - up).toFixed(1);
  const bold = `bold ${fontOf(NEXT_SIZE)}`;
  const texts = tokens.map(({ column, text, isChoice }) => {
    const isWide = isChoice && !isAslant && widthOf(text, bold) > view.width;
    const left = middle(x, isWide ? column - 0.45 : column); // a wide one reaches beyond the map
    const turned = isAslant ? ` transform="rotate(-60 ${left} ${at})"` : "";
    const looks = isChoice ? ` class="choice${isWide ? " is-wide" : ""}"` : "";
    const id = nextIdOf(map, column);
    const track = id === null || !isDashReady() ? "" : ` data-track="${id}"`;
    return `<text x="${left}" y="${at}"${turned}${looks}${track}>${escapeHtml(text)}</text>`;
  });
  const name = `<text class="name" x="${(x.offset - 6).toFixed(1)}" y="${at}">next</text>`;
  return `<g class="next${isAslant ? " is-aslant" : ""}" font-size="${NEXT_SIZE}">${name}${texts.join("")}</g>`;
}
