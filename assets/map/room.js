/* How much room a map has on the page, in pixels, and what of it goes to labels, profiles and the bar of colours.
   In a view the map ends where the window does; elsewhere, as in a notebook, its rows have a height of their own. */

/** @import { MapState } from "./types.js" */
import { graph, partOf } from "./state.js";

const LEAST_ROW = 9, MOST_ROW = 56; // pixels
const SIDES = 66; // labels of layers on the left, a margin on the right
const LAYER_PROFILE = 76;
const TOKEN_PROFILE = 84;
const BAR = 40; // of colours
const BAR_WIDTH = 220, NAME_LETTER = 7; // its length without its name, and a letter of that
const LEAST_BAR = 140; // a name that leaves less takes two lines
const SMALL_NAME = 11; // size of a name in two lines, which have to find room below the labels
export const BAR_ABOVE = 54; // in a narrow window
const PROFILE_TITLE = 72; // ticks and three lines below the layers' profile
const FOOT = 51; // what follows the figure in its card, and the card's distance to the window's edge
const LEAST_MAP = 0.34; // of the window: with less, the map is as high as if the page were scrolled to it
const EDGE = 8; // of the window, above a card
const NARROW = 640;
const PERCENT_OVER = 8; // pixels that the label of 100 % reaches beyond its place
const ONE_COLUMN = 1100; // as in map.css

export const isNarrow = () => window.innerWidth < NARROW;

/** True if the panel is beside the map, so that a hovered cell can be read there. @param {MapState} map */
export const isPanelBeside = (map) => window.innerWidth > ONE_COLUMN
  && Boolean(partOf(map, "hovered")?.closest(".map-and-cell"));

const hasLayers = (map) => map.profiles !== "none";
const hasTokens = (map) => map.profiles === "layers and tokens";

/** How many pixels the cells have from left to right. @param {MapState} map */
export function roomFor(map) {
  const width = partOf(map, "heatmap")?.clientWidth || graph(map)?.clientWidth || window.innerWidth;
  return Math.max(160, width - (isNarrow() ? 50 : SIDES) - beside(map));
}

/** How wide a figure must be for a map of so many pixels. @param {MapState} map */
export const widthFor = (map, pixels) => pixels + SIDES + beside(map);

const beside = (map) => (hasLayers(map) ? LAYER_PROFILE * (isNarrow() ? 0.6 : 1) : 0);

/** How high the cells are in all, given what the figure has above and below them. @param {MapState} map */
function heightFor(map, around) {
  if (isNarrow()) return Math.min(420, Math.max(240, 15 * map.rows));
  const view = partOf(map, "card")?.closest(".view");
  const own = Math.min(640, Math.max(300, 22 * map.rows));
  if (!view) return own;
  const below = window.innerHeight - topOf(map) - FOOT - around;
  const first = view.querySelector(".answer") || partOf(map, "card"); // what is to be seen with the map
  const alone = below + window.scrollY + first.getBoundingClientRect().top - EDGE;
  const room = below < LEAST_MAP * window.innerHeight ? Math.min(own, alone) : below;
  return Math.max(LEAST_ROW * map.rows, Math.min(MOST_ROW * map.rows, room));
}

/** Where the figure begins, from the top of the page. @param {MapState} map */
const topOf = (map) => partOf(map, "heatmap").getBoundingClientRect().top + window.scrollY;

/**
 * Lay a figure out: the map, its labels right below it, then the profile of the tokens and the bar of colours.
 * @param {MapState} map
 * @param {any} figure as it will be drawn
 * @param {number} labels how high those below the map are
 */
export function layOut(map, { data, layout }, labels) {
  const profile = hasTokens(map) ? TOKEN_PROFILE : 0;
  const bar = isNarrow() ? 0 : BAR;
  const rest = Math.max(labels + bar, hasLayers(map) && !isNarrow() ? PROFILE_TITLE : 0) - labels;
  const top = layout.margin.t;
  const cells = heightFor(map, top + labels + profile + rest);
  const below = profile && labels + profile; // within the plot's area, whose lower edge is the profile's
  const inner = cells + below;
  layout.height = inner + top + (profile ? 0 : labels) + rest;
  layout.margin = { ...layout.margin, b: layout.height - inner - top, autoexpand: false };
  layout.yaxis = { ...layout.yaxis, domain: [below / inner, 1] };
  layout.xaxis.anchor = "y";
  if (layout.yaxis2) {
    layout.yaxis2 = { ...layout.yaxis2, domain: [0, Math.max(profile, 1) / inner], visible: profile > 0 };
  }
  layOutWidth(map, layout);
  hideProfiles(map, data);
  placeBar(data[0], isNarrow() ? 1 + (top - BAR_ABOVE - 2) / inner : -(profile ? 0 : labels) / inner, roomFor(map));
  map.room = roomKey(map, layout.height);
}

/** Whether an axis or a bar of colours counts in percent. */
export const isPercent = ({ tickformat }) => tickformat === "~%";

/** @param {MapState} map */
function layOutWidth(map, layout) {
  const cells = roomFor(map);
  const share = cells / (cells + beside(map));
  layout.xaxis.domain = [0, share];
  if (layout.xaxis2) {
    const end = isPercent(layout.xaxis2) ? 1 - PERCENT_OVER / (cells + beside(map)) : 1;
    const domain = [Math.min(share + 0.012, 0.99), end];
    layout.xaxis2 = { ...layout.xaxis2, domain, visible: hasLayers(map) };
  }
}

/** @param {MapState} map */
function hideProfiles(map, data) {
  for (const [at, trace] of data.entries()) {
    if (trace.xaxis === "x2") data[at] = { ...trace, visible: hasLayers(map) };
    if (trace.yaxis === "y2") data[at] = { ...trace, visible: hasTokens(map) };
  }
}

/** The bar of colours lies below the labels, behind its name; in a narrow window both are above the map. */
function placeBar(heatmap, y, cells) {
  const { colorbar } = heatmap;
  if (!colorbar) return;
  const text = nameOfBar(colorbar.title?.text || "", isNarrow() ? Infinity : cells);
  const words = NAME_LETTER * Math.max(...text.split("<br>").map(({ length }) => length));
  const font = text.includes("<br>") ? { size: SMALL_NAME } : {};
  const len = Math.min(1, (words + BAR_WIDTH) / cells);
  const place = isNarrow() ? { x: 0.5, xanchor: "center", yanchor: "bottom", len: 0.9 }
    : { x: 0, xanchor: "left", yanchor: "top", len, thickness: 10, xpad: 0, ypad: 8 };
  const side = isNarrow() ? "top" : "right";
  heatmap.colorbar = { ...colorbar, orientation: "h", y, ...place, title: { ...colorbar.title, text, side, font } };
}

/** The name in a line, or in two where the bar would have too little room. Also of a name already broken.
    @param {string} name @param {number} cells */
export function nameOfBar(name, cells) {
  const whole = name.replaceAll("<br>", " ");
  if (NAME_LETTER * whole.length + LEAST_BAR <= cells) return whole;
  const spaces = [...whole.matchAll(/ /g)].map(({ index }) => index);
  if (!spaces.length) return whole;
  const off = (/** @type {number} */ at) => Math.abs(2 * at - whole.length);
  const middle = spaces.reduce((best, at) => (off(at) < off(best) ? at : best));
  return `${whole.slice(0, middle)}<br>${whole.slice(middle + 1)}`;
}

/** @param {MapState} map */
const roomKey = (map, height) => `${isNarrow()} ${Math.round(roomFor(map) / 4)} ${Math.round(height / 4)}`;

/** Whether the window has changed so that the map is to be laid out again. @param {MapState} map */
export function hasOtherRoom(map) {
  const { margin, height, yaxis } = graph(map).layout;
  const now = height - margin.t - margin.b;
  const cells = now * (yaxis.domain[1] - yaxis.domain[0]);
  return roomKey(map, height - cells + heightFor(map, height - cells)) !== map.room;
}
