/* A map as a picture made in the browser: what is on screen, in the colours of a light page, with its title. */

/** @import { MapState } from "../map/types.js" */
/** @import { View } from "../words/cell_text.js" */
import { coloursOf, paint } from "../base/colours.js";
import { escapeHtml as plain } from "../base/elements.js";
import { axesOf, NO_CLOUD, toImage } from "../base/plotly_internals.js";
import { marks } from "../map/marks.js";
import { graph } from "../map/state.js";
import { fontOf, wordsOf } from "../words/cell_text.js";
import { fitted } from "../words/fit.js";
import { NEXT_SIZE, nextLine } from "../words/next_line.js";
import { viewOf } from "../words/overlay.js";
import { download, fileName } from "./download.js";
import { titles } from "./titles.js";

const TITLE_HEIGHT = 74, TITLE_SIZE = 13;
const EDGE = 16; // pixels between what is drawn and the edges
const RISE = 8; // pixels that Plotly puts a title above its place
const ASLANT = 6; // pixels that next tokens take above their room: Plotly turns a note around its middle
const LEAST_WIDTH = 760;
const SHARPNESS = 2; // pixels of the picture for one of the screen
const SANS = "Inter, system-ui, sans-serif";

/** What the Share menu lets people choose of a picture.
 * @typedef {{ title: boolean, width: number }} Wanted a width of 0 is that of the screen */

/** @param {MapState} map @param {string} format png or svg @param {Wanted} wanted */
export async function savePicture(map, format, wanted) {
  const { data, layout } = framed(map, wanted.title);
  const scale = format === "svg" ? 1 : wanted.width ? wanted.width / layout.width : SHARPNESS;
  const address = await toImage({ data, layout, config: NO_CLOUD },
    { format, width: layout.width, height: layout.height, scale });
  return download(bytesOf(address), fileName(map, format));
}

/** A data address as a file: fetching one is not allowed on this page. */
function bytesOf(address) {
  const [head, body] = [address.slice(0, address.indexOf(",")), address.slice(address.indexOf(",") + 1)];
  const type = head.slice(5).split(/[;,]/)[0];
  if (!head.endsWith(";base64")) return new Blob([decodeURIComponent(body)], { type });
  return new Blob([Uint8Array.from(atob(body), (character) => character.charCodeAt(0))], { type });
}

/** What is on screen, on white, with room at the edges. @param {MapState} map @param {boolean} hasTitle */
function framed(map, hasTitle) {
  const element = graph(map);
  const layout = JSON.parse(JSON.stringify(element.layout));
  const width = Math.max(LEAST_WIDTH, element.clientWidth) + 2 * EDGE;
  const view = { ...viewInPicture(map, width - 2 * EDGE), inPicture: true };
  const { tokens, isAslant } = nextLine(map, view);
  const above = (hasTitle ? TITLE_HEIGHT : 0) + EDGE + (tokens.length && isAslant ? ASLANT : 0);
  const { l = 80, r = 80, t = 20, b = 80 } = layout.margin;
  Object.assign(layout, {
    paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff", autosize: false,
    width, height: element.clientHeight + above + EDGE,
    margin: { ...layout.margin, l: l + EDGE, r: r + EDGE, t: t + above, b: b + EDGE },
    font: { ...layout.font, color: paint("--ink", true), family: SANS } });
  if (hasTitle) layout.title = titleOf(map, layout);
  const { shapes, annotations } = marks(map, { inPicture: true });
  layout.shapes = shapes;
  layout.annotations = [...annotations, ...tokensAbove(map, view), mark(layout)];
  const cells = { ...element.data[0], colorscale: coloursOf(map, true) };
  return { data: [cells, ...element.data.slice(1), ...inCells(map, view)], layout };
}

/** @param {MapState} map */
function titleOf(map, { width, height }) {
  const font = `bold ${TITLE_SIZE}px ${SANS}`;
  const lines = titles(map).map((line) => plain(fitted(line, width - 2 * EDGE, font)));
  return { text: [`<b>${lines[0]}</b>`, ...lines.slice(1)].join("<br>"), x: EDGE / width, xanchor: "left",
           y: 1 - (EDGE + RISE) / height, yref: "container", yanchor: "top", automargin: false,
           font: { size: TITLE_SIZE, color: paint("--ink", true) } };
}

const mark = ({ margin }) => ({
  text: "Layerscope", xref: "paper", yref: "paper", x: 1, xanchor: "right", xshift: margin.r - EDGE,
  y: 0, yanchor: "bottom", yshift: -(margin.b - EDGE / 2), showarrow: false,
  font: { size: 11, color: paint("--muted", true) } });

/** The cells as they are on screen, wider where the picture is. @param {MapState} map @returns {View} */
function viewInPicture(map, width) {
  const element = graph(map);
  const axes = axesOf(element);
  const view = viewOf(map, axes);
  const [from, to] = element.layout.xaxis.domain || [0, 1];
  const more = (width - element.clientWidth) * (to - from);
  return { ...view, width: view.width * (1 + more / axes.x.length) };
}

/** The words of the cells as a trace. @param {MapState} map @param {View} view */
function inCells(map, view) {
  const { words, size } = wordsOf(map, view);
  if (!words.length) return [];
  return [{
    type: "scatter", mode: "text", showlegend: false, hoverinfo: "skip", x: words.map(({ column }) => column),
    y: words.map(({ row }) => row), text: words.map(({ text }) => plain(text)),
    textfont: { size, family: familyOf(size), color: words.map(({ ink }) => ink) } }];
}

const familyOf = (size) => fontOf(size).slice(`${size}px `.length);

/** The line of next tokens as notes. @param {MapState} map @param {View} view */
function tokensAbove(map, view) {
  const { tokens, isAslant, up } = nextLine(map, view);
  const font = { size: NEXT_SIZE, family: familyOf(NEXT_SIZE), color: paint("--ink", true) };
  const place = { y: 1, yref: "y domain", yanchor: "bottom", yshift: up - 4, showarrow: false, borderpad: 0 };
  const notes = tokens.map(({ column, text, isChoice }) => ({
    ...place, x: column, xref: "x", xanchor: isAslant ? "left" : "center", textangle: isAslant ? -60 : 0,
    text: isChoice ? `<b>${plain(text)}</b>` : plain(text),
    font: isChoice ? { ...font, color: paint("--accent", true) } : font }));
  const name = { ...place, x: 0, xref: "x domain", xanchor: "right", xshift: -4, text: "next",
                 font: { size: NEXT_SIZE, color: paint("--muted", true) } };
  return notes.length ? [...notes, name] : [];
}
