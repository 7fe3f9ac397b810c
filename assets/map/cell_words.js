/* Words and numbers about a cell, made in the browser from what it has already: for the tooltip and for the panel. */

/** @import { Cell, CellLine } from "./types.js" */
import { element } from "../base/elements.js";
import { intensityText, ordinal, percent, valueText } from "../base/numbers.js";
import { describe, positionOf } from "./cells.js";
import { sharing } from "./pooling.js";
import { topOf } from "./predictions.js";

/** @param {Cell} cell */
export function heading({ map: { meta }, row, column }) {
  const head = element("div", "tooltip-head");
  head.append(element("code", "", meta.tokens[column]), element("span", "", `layer ${meta.layers[row]}`));
  return head;
}

/** @param {Cell} cell */
export function place({ map: { meta }, column, position }) {
  const said = [meta.names?.[column], meta.ids && `position ${position}`,
                Number.isInteger(meta.ids?.[column]) && `id ${meta.ids[column]}`];
  return element("div", "tooltip-where", said.filter(Boolean).join(" · "));
}

/** @param {Cell} cell */
export function columnName({ map: { meta }, column }) {
  const name = meta.names?.[column];
  return name ? [element("div", "tooltip-where", name)] : [];
}

/** @param {Cell} cell */
export const ownValue = ({ map: { meta }, value }) =>
  line(meta.name, valueText(value, meta.unit === meta.name ? "" : meta.unit, meta.whole));

/** Everything but its token and its own value. @param {Cell} cell */
export function moreValues(cell) {
  const { map: { meta }, row, column, value, intensity } = cell;
  const parts = [];
  if (intensity !== undefined && Number.isFinite(value)) parts.push(line("intensity", intensityText(intensity)));
  parts.push(...neighbours(cell));
  if (meta.source) parts.push(element("div", "tooltip-where", `by the ${meta.source}`));
  if (meta.probe) parts.push(line("probe of", meta.probe));
  return [...parts, ...(meta.lines || []).map((more) =>
    line(more.labels?.[column] || more.label, moreText(more, row, column)))];
}

/** What else is in the cell's column, where several tokens share one. */
function neighbours({ map, row, column }) {
  const shared = sharing(map, row, column);
  if (!shared || shared.tokens === 1) return [];
  const { tokens, unit, whole } = map.meta;
  const said = element("div", "tooltip-where",
    `${shared.tokens} tokens share this column; drawn is the furthest from the layer's median, `);
  said.append(shared.drawn === column ? "this one" : element("code", "", tokens[shared.drawn]));
  const value = (at) => valueText(describe(map, row, at).value, unit, whole);
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

/** The likeliest next tokens, or why there are none yet. @param {Cell} cell */
export function guesses(cell) {
  if (!cell.map.meta.predictions) return [];
  const top = topOf(cell);
  if (top) return [element("div", "tooltip-title", "next token, read at this layer"), ...top.map(bar)];
  const why = cell.map.predictions.failed ? "predictions could not be fetched; press Run to try again"
    : "predictions are on their way …";
  return [element("div", "tooltip-title", why)];
}

/** Only the first of them. @param {Cell} cell */
export function firstGuess(cell) {
  const top = cell.map.meta.predictions && topOf(cell);
  if (!top) return [];
  const made = element("div", "tooltip-value tooltip-guess");
  const [{ text, probability }] = top;
  made.append(element("span", "", "next"), element("code", "", text), element("span", "", percent(probability)));
  return [made];
}

function bar({ text, probability }) {
  const made = element("div", "tooltip-bar");
  const progress = Object.assign(document.createElement("progress"), { max: 1, value: probability });
  made.append(element("code", "", text), progress, element("span", "", percent(probability)));
  return made;
}

/** Which token really follows, and what this layer makes of it, as far as the browser knows. @param {Cell} cell */
export function actualNext(cell) {
  const { map, position } = cell;
  const { ids, tokens } = map.meta;
  const top = map.meta.predictions && topOf(cell);
  if (!top || !ids) return [];
  const column = ids.findIndex((_, at) => positionOf(map, at) === position + 1);
  if (column < 0) return [];
  const rank = top.findIndex(({ id }) => id === ids[column]);
  const made = element("p", "actual-next", "Actual next token: ");
  const how = rank < 0 ? `, ${outsideTop(cell, top.length)}`
    : `, ${ordinal(rank + 1)}, ${percent(top[rank].probability)}`;
  made.append(element("code", "", tokens[column]), how);
  return [made];
}

/** Beyond the first guesses only a measure of the next token itself knows more. @param {Cell} cell */
function outsideTop({ map: { meta }, value }, count) {
  if (meta.name === "next-token rank") return ordinal(Math.round(value));
  const share = meta.name === "next-token probability" ? `, ${valueText(value, meta.unit)}` : "";
  return `not among the first ${count}${share}`;
}
