/* The room that there is for a map, which the server's figure does not know: what its columns and labels get
   of it, and what a narrow window does without. */

/** @import { MapState } from "./types.js" */
import { escapeHtml as plain } from "../base/elements.js"; // Plotly reads labels as a kind of HTML
import { BAR_ABOVE, isNarrow, isPercent, layOut, roomFor } from "./room.js";

const LONGEST_LABEL = 28;
const LETTER = 0.61; // of the font's size: how wide one of the labels is
const USUAL = 12, SMALL = 10, TOKENS = 11; // sizes of labels, in pixels

/** Percentages as the page writes them, by how Plotly does. @param {string} sign */
const percents = (sign) =>
  Object.fromEntries(Array.from({ length: 201 }, (_, half) => [`${half / 2}%`, `${half / 2}${sign}`]));

/** A label for every so many tokens that they do not touch. Whole steps only: a tick between two tokens
   would carry the name of one of them. @param {MapState} map */
export const tickStep = (map, columns, pixels) => {
  const room = map.meta.names ? 36 : 15; // a name has its token below it
  return Math.max(1, Math.ceil(columns / Math.floor(pixels / room)));
};

export const layerStep = (rows) => Math.max(1, Math.ceil(rows / 26));

/** The room there is, which the figure itself does not know. Its colours are in style.css.
    @param {MapState} map @param {any} figure that will be drawn @param {number} columns in view */
export function fit(map, figure, columns) {
  const { layout, data: [heatmap] } = figure;
  const style = getComputedStyle(document.documentElement);
  const narrow = isNarrow();
  // A finger that moves over the map scrolls the page; the sliders zoom.
  if (window.matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
  layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
  layout.font = { size: narrow ? SMALL : USUAL, family: style.getPropertyValue("--sans") };
  const room = (tickStep(map, columns, roomFor(map)) * roomFor(map)) / columns;
  const size = narrow ? SMALL : sizeOf(map.meta, room);
  layout.xaxis.tickfont = { family: style.getPropertyValue("--mono"), size };
  const labels = labelsOf(map.meta, lettersIn(room, size));
  layout.xaxis.labelalias = Object.fromEntries(labels.map((lines, column) => [column, lines.map(plain).join("<br>")]));
  Object.assign(layout.xaxis, { tick0: 0, dtick: tickStep(map, columns, roomFor(map)) });
  Object.assign(layout.yaxis, { tick0: 0, dtick: layerStep(map.rows) });
  heatmap.uid = narrow ? "narrow" : "wide"; // or Plotly would leave the other colour bar where it was, too
  layout.margin = { ...layout.margin, l: 54, r: 6 };
  if (isPercent(heatmap.colorbar || {})) heatmap.colorbar = { ...heatmap.colorbar, labelalias: percents(" %") };
  for (const name of ["xaxis2", "yaxis2"]) { // whose titles say that they are in percent
    if (isPercent(layout[name] || {})) layout[name] = { ...layout[name], labelalias: percents("") };
  }
  if (narrow) fitNarrow(layout);
  layOut(map, figure, turnLabels(layout.xaxis, labels, room));
}

const lettersIn = (room, size) => Math.floor((room - 4) / (LETTER * size));

/** Labels are smaller where they stand upright only then: slanted ones cost the map much of its height. */
function sizeOf(meta, room) {
  const names = namesOf(meta);
  const small = names ? SMALL : TOKENS;
  const fits = (/** @type {number} */ size) => (names ? fitting(names, lettersIn(room, size))
    : meta.tokens.every((token) => LETTER * size * short(token).length + 4 < room));
  return !fits(USUAL) && fits(small) ? small : USUAL;
}

/** Labels stand upright if none is wider than its column; returns how much room they need below the map. */
function turnLabels(xaxis, labels, room) {
  const { size } = xaxis.tickfont;
  const longest = LETTER * size * Math.max(...labels.flat().map(({ length }) => length));
  const lines = Math.max(...labels.map(({ length }) => length));
  xaxis.tickangle = longest + 4 < room ? 0 : room * lines > 40 ? -45 : -60;
  const turn = (Math.PI / 180) * -xaxis.tickangle;
  return 10 + longest * Math.sin(turn) + 1.3 * size * lines * Math.cos(turn);
}

/** The profiles get shorter words, and the bar of colours a place above the map. */
function fitNarrow(layout) {
  if (layout.xaxis2) layout.xaxis2 = { ...layout.xaxis2, title: undefined, nticks: 2 };
  if (layout.yaxis2) layout.yaxis2 = { ...layout.yaxis2, title: { text: "median", standoff: 2 } };
  layout.margin = { ...layout.margin, l: 44, r: 8, t: layout.margin.t + BAR_ABOVE };
}

/** The lines of every label. Names of columns are broken where all of them find room in that way, and tokens are cut
    to the same width. @param {import("./types.js").FigureMeta} meta @param {number} most letters in an upright line */
function labelsOf(meta, most) {
  const { names, tokens } = meta, named = namesOf(meta);
  if (!named) return tokens.map((token) => [short(token)]);
  const fits = fitting(named, most);
  return named.map((name, column) => {
    const lines = fits || !name ? inLines(name || "", most) : [name];
    return names ? [...lines, cut(tokens[column], fits ? most : LONGEST_LABEL)] : lines;
  });
}

/** Names of columns, if they have any; of AUCs, they have nothing else.
    @param {import("./types.js").FigureMeta} meta */
const namesOf = ({ names, positions, tokens }) => names || (positions && tokens);

const fitting = (names, most) => names.map((name) => inLines(name || "", most))
  .every((lines) => lines.length <= 4 && lines.every((line) => line.length <= most));

/** A name such as exact_answer_before_first in lines of so many letters, if its words allow. */
function inLines(name, most) {
  return (name.match(/[^_]*_|[^_]+$/g) || []).reduce((lines, word) => {
    const last = lines.at(-1);
    return last !== undefined && (last + word).length <= most ? [...lines.slice(0, -1), last + word] : [...lines, word];
  }, /** @type {string[]} */ ([]));
}

const cut = (token, most) => (token.length > most ? `${token.slice(0, Math.max(1, most - 1))}…` : token);
const short = (token) => cut(token, LONGEST_LABEL);
