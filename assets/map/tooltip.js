/* What a cell says when the pointer is over it. Composed here from arrays that are already in the
   browser: no request for a hover. One tooltip serves every map of the page. */

/** @import { Cell, CellLine } from "./types.js" */
import { element } from "../base/elements.js";
import { intensityText, percent, valueText } from "../base/numbers.js";
import { describe } from "./cells.js";
import { sharing } from "./pooling.js";
import { topOf } from "./predictions.js";
import { partOf } from "./state.js";

let box = null;
/** @type {[Cell, any] | null} */
let shown = null;

/** @param {Cell} cell @param {{ clientX: number, clientY: number, clear?: number }} event */
export function showTooltip(cell, event) {
  shown = [cell, event];
  box = box || document.body.appendChild(element("div", "tooltip"));
  box.setAttribute("role", "status");
  box.replaceChildren(...contents(cell));
  box.classList.add("is-shown");
  place(event);
}

export function hideTooltip() {
  shown = null;
  if (box) box.classList.remove("is-shown");
}

export const refreshTooltip = () => shown && showTooltip(...shown);

/** @param {Cell} cell */
function contents(cell) {
  const { map, row, column, position, value, intensity } = cell;
  const { meta } = map;
  const head = element("div", "tooltip-head");
  head.append(element("code", "", meta.tokens[column]), element("span", "", `layer ${meta.layers[row]}`));
  const where = [meta.names?.[column], meta.ids && `position ${position}`,
                 Number.isInteger(meta.ids?.[column]) && `id ${meta.ids[column]}`].filter(Boolean).join(" · ");
  const parts = [head, element("div", "tooltip-where", where),
                 line(meta.name, valueText(value, meta.unit))];
  if (intensity !== undefined && Number.isFinite(value)) {
    parts.push(line("intensity", intensityText(intensity)));
  }
  parts.push(...neighbours(cell));
  if (meta.source) parts.push(element("div", "tooltip-where", `by the ${meta.source}`));
  if (meta.probe) parts.push(line("probe of", meta.probe));
  parts.push(...(meta.lines || []).map((more) =>
    line(more.labels?.[column] || more.label, moreText(more, row, column))));
  return meta.predictions ? [...parts, ...nextTokens(cell)] : parts;
}

/** What else is in the cell's column, where several tokens share one. */
function neighbours({ map, row, column }) {
  const shared = sharing(map, row, column);
  if (!shared || shared.tokens === 1) return [];
  const { tokens, unit } = map.meta;
  const said = element("div", "tooltip-where",
    `${shared.tokens} tokens share this column; drawn is the furthest from the layer's median, `);
  said.append(shared.drawn === column ? "this one" : element("code", "", tokens[shared.drawn]));
  const value = (at) => valueText(describe(map, row, at).value, unit);
  return [said, ...shared.sinks.map((at) => line(`▾ ${tokens[at]}, a sink, not drawn`, value(at)))];
}

function line(label, text) {
  const made = element("div", "tooltip-value");
  made.append(element("span", "", label), element("strong", "", text));
  return made;
}

/** A number of a cell besides its own, or an interval. @param {CellLine} line */
function moreText({ values, upper, unit }, row, column) {
  const number = (rows) => valueText(rows[row][rows[row].length > 1 ? column : 0] ?? NaN, unit);
  return upper ? `${number(values)} to ${number(upper)}` : number(values);
}

function nextTokens(cell) {
  const top = topOf(cell);
  if (top) return [element("div", "tooltip-title", "next token, read at this layer"), ...top.map(bar)];
  const why = cell.map.predictions.failed ? "predictions could not be fetched; press Run to try again"
    : "predictions are on their way …";
  return [element("div", "tooltip-title", why)];
}

/** One line for screen readers. @param {Cell} cell */
export function say(cell) {
  const { map, row, column, position, value } = cell;
  const { meta } = map;
  const top = meta.predictions && topOf(cell);
  const where = meta.names?.[column] || `position ${position}`;
  partOf(map, "live").textContent = `layer ${meta.layers[row]}, ${where}, `
    + `token ${meta.tokens[column]}, ${valueText(value, meta.unit)}${top ? `, next ${top[0].text}` : ""}`;
}

function bar({ text, probability }) {
  const line = element("div", "tooltip-bar");
  const progress = Object.assign(document.createElement("progress"), { max: 1, value: probability });
  line.append(element("code", "", text), progress, element("span", "", percent(probability)));
  return line;
}

/** Beside what is pointed at, `clear` pixels further where that is a cell's middle. */
function place({ clientX, clientY, clear = 0 }) {
  const { offsetWidth: width, offsetHeight: height } = box;
  const away = 16 + clear;
  const right = clientX + away + width < window.innerWidth;
  const left = right ? clientX + away : Math.max(8, clientX - away - width);
  const top = Math.min(Math.max(8, clientY - height / 2), window.innerHeight - height - 8);
  box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
}
