/* The room that there is for a map, which the server's figure does not know: what its columns and labels get
   of it, and what a narrow window does without. */

/** @import { MapState } from "./types.js" */
import { escapeHtml as plain } from "../base/elements.js"; // Plotly reads labels as a kind of HTML
import { graph } from "./state.js";

const NARROW = 640;
const LONGEST_LABEL = 28;
const BESIDE = 170; // pixels
const SHARE = 0.89;

export const isNarrow = () => window.innerWidth < NARROW;

/** How many pixels a map that is not drawn yet will have from left to right: its share of the figure, less
   margins and the bar of colours; as the server lays it out. @param {MapState} map */
export function roomFor(map) {
  const width = graph(map)?.clientWidth || window.innerWidth;
  return Math.max(200, SHARE * (width - BESIDE));
}

/** How wide a figure must be for a map of so many pixels. */
export const widthFor = (pixels) => pixels / SHARE + BESIDE;

/** A label for every so many tokens that they do not touch. Whole steps only: a tick between two tokens
   would carry the name of one of them. @param {MapState} map */
export const tickStep = (map, columns, pixels) => {
  const room = map.meta.names ? 36 : 15; // a name has its token below it
  return Math.max(1, Math.ceil(columns / Math.floor(pixels / room)));
};

export const layerStep = (rows) => Math.max(1, Math.ceil(rows / 26));

/** The room there is, which the figure itself does not know. Its colours are in style.css. @param {MapState} map */
export function fit(map, layout, heatmap, columns) {
  const style = getComputedStyle(document.documentElement);
  const narrow = map.isNarrow;
  const { names, tokens } = map.meta;
  // A finger that moves over the map scrolls the page; the sliders zoom.
  if (window.matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
  layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
  layout.font = { size: narrow ? 10 : 12, family: style.getPropertyValue("--sans") };
  layout.xaxis.tickfont = { family: style.getPropertyValue("--mono"), size: narrow ? 10 : 12 };
  layout.xaxis.labelalias = Object.fromEntries(tokens.map((token, column) =>
    [column, names?.[column] ? `${plain(names[column])}<br>${plain(short(token))}` : plain(short(token))]));
  layout.xaxis.tickangle = map.columns > 12 || narrow || names ? -60 : 0;
  Object.assign(layout.xaxis, { tick0: 0, dtick: tickStep(map, columns, roomFor(map)) });
  Object.assign(layout.yaxis, { tick0: 0, dtick: layerStep(map.rows) });
  if (!names) makeRoom(layout, tokens);
  heatmap.uid = narrow ? "narrow" : "wide"; // or Plotly would leave the other colour bar where it was, too
  if (narrow) fitNarrow(layout, heatmap);
}

/** The colours go above the map, and the profiles beside it get shorter words. */
function fitNarrow(layout, heatmap) {
  if (layout.xaxis2) layout.xaxis2 = { ...layout.xaxis2, title: undefined, nticks: 2 };
  if (layout.yaxis2) layout.yaxis2 = { ...layout.yaxis2, title: { text: "mean", standoff: 2 } };
  const { t: above, b: below } = layout.margin; // names above the map stay between it and the bar
  const y = 1.02 + (above - 22) / Math.max(100, layout.height - above - 40 - below);
  layout.margin = { ...layout.margin, l: 44, r: 4, t: above + 40 };
  heatmap.colorbar = { ...heatmap.colorbar, orientation: "h", y, yanchor: "bottom", len: 1,
                       title: { ...heatmap.colorbar.title, side: "top" } };
}

const short = (token) => (token.length > LONGEST_LABEL ? `${token.slice(0, LONGEST_LABEL - 1)}…` : token);

/** As much below the map as its longest label takes, aslant or not. */
function makeRoom(layout, tokens) {
  const { size } = layout.xaxis.tickfont;
  const longest = Math.max(...tokens.map((token) => short(token).length));
  const below = layout.xaxis.tickangle ? Math.max(44, 26 + 0.54 * size * longest) : 40;
  layout.height += below - layout.margin.b;
  layout.margin.b = below;
}
