/* Draws the small charts of an opened cell from the numbers in their data-chart; see
   dashboard/cell/charts.py. Plain SVG, so that a panel with three of them is there at once. */

import { element } from "../base/elements.js";
import { onPage } from "../base/events.js";
import { percent } from "../base/numbers.js";

const WIDTH = 348;

function made(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/** The stretches of a line without a null in them, as lists of [layer, share]. */
function stretches(line) {
  const found = [];
  line.forEach((share, layer) => {
    if (share === null) return;
    if (layer && line[layer - 1] !== null) found.at(-1).push([layer, share]);
    else found.push([[layer, share]]);
  });
  return found;
}

/** Lines over the layers, from 0 to 100 %, one for each token, the first with hues; the chosen layer is marked. A
    share of null is not known: the line breaks there, and a single point is a dot. */
function paths({ row, layers, names, lines, hues }) {
  const [left, top, bottom, height] = [38, 8, 168, 196];
  const x = (layer) => left + 4 + (layer * (WIDTH - left - 14)) / Math.max(1, layers.length - 1);
  const y = (share) => bottom - share * (bottom - top);
  const svg = made("svg", { viewBox: `0 0 ${WIDTH} ${height}` });
  for (const share of [0, 0.5, 1]) {
    svg.append(made("line", { class: "rule", x1: left, x2: WIDTH, y1: y(share), y2: y(share) }),
               made("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, percent(share)));
  }
  svg.append(...layerLabels(layers, row, x, bottom + 17));
  svg.append(made("line", { class: "chosen", x1: x(row), x2: x(row), y1: top, y2: bottom }));
  const groups = lines.map((line, at) => {
    const group = made("g", { class: at < hues ? hueOf(at) : "others" });
    const told = line.map((share, layer) => `${layers[layer]}: ${share === null ? "?" : percent(share)}`);
    const dot = line[row] === null ? [] : [circle(x(row), y(line[row]), at < hues ? 3.5 : 2)];
    group.append(...pathParts(line, x, y), ...dot,
                 made("title", {}, `${names[at]} by layer: ${told.join(", ")}`));
    return group;
  });
  svg.append(...groups.slice(hues), ...groups.slice(0, hues)); // the likeliest on top
  return svg;
}

const HUES = 10; // in assets/cell.css; more named lines have them again, dashed
const hueOf = (at) => `hue-${at % HUES}${at < HUES ? "" : " again"}`;

/** About six names of layers, and that of the chosen one, which no other may touch. */
function layerLabels(layers, row, x, y) {
  const step = Math.ceil(layers.length / 6);
  return layers.flatMap((label, layer) => {
    const isNearChosen = layer !== row && Math.abs(x(layer) - x(row)) < 20;
    if ((layer % step && layer !== row) || isNearChosen) return [];
    return [made("text", { x: x(layer), y, "text-anchor": "middle", class: layer === row ? "chosen" : "" }, label)];
  });
}

const circle = (cx, cy, r) => made("circle", { cx, cy, r });

function pathParts(line, x, y) {
  return stretches(line).map((points) => {
    if (points.length === 1) return circle(x(points[0][0]), y(points[0][1]), 2.5);
    return made("polyline", { points: points.map(([layer, share]) => `${x(layer)},${y(share)}`).join(" ") });
  });
}

/** Bars up and down from 0: what attention and MLP of every layer wrote. */
function parts({ row, layers, names, hues, bars }) {
  const [left, top, bottom, height] = [38, 8, 138, 166];
  const most = Math.max(0.01, ...bars.flat().map(Math.abs));
  const step = (WIDTH - left - 6) / Math.max(1, layers.length);
  const x = (layer) => left + 4 + (layer + 0.5) * step;
  const y = (value) => (top + bottom) / 2 - (value / most) * ((bottom - top) / 2);
  const svg = made("svg", { viewBox: `0 0 ${WIDTH} ${height}` });
  for (const value of [-most, 0, most]) {
    svg.append(made("line", { class: "rule", x1: left, x2: WIDTH, y1: y(value), y2: y(value) }),
               made("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, signed(value)));
  }
  svg.append(...layerLabels(layers, Math.max(0, row - 1), x, bottom + 17));
  const width = Math.min(9, step * 0.42);
  bars.forEach((values, which) => values.forEach((value, layer) => {
    const at = x(layer) + (which ? 0 : -width);
    const bar = made("rect", { class: `bar-part hue-${hues[which]}`, x: at, width: Math.max(0.5, width - 0.5),
                               y: Math.min(y(value), y(0)), height: Math.max(0.5, Math.abs(y(value) - y(0))) });
    bar.append(made("title", {}, `layer ${layers[layer]}, ${names[which]}: ${signed(value)} logits`));
    svg.append(bar);
  }));
  return svg;
}

const signed = (value) => `${value > 0 ? "+" : ""}${Number(value.toFixed(2))}`;

/** A row for each head and a column for each token, in the colours of a map from 0 to 1. */
function attention({ hues: [light, dark], positions, tokens, weights }) {
  const [left, cell] = [26, Math.max(8, Math.min(16, 220 / weights.length))];
  const width = (WIDTH - left) / tokens.length;
  const svg = made("svg", { viewBox: `0 0 ${WIDTH} ${weights.length * cell + 58}` });
  weights.forEach((row, head) => {
    const y = (weights.length - 1 - head) * cell;
    if (cell > 9 || head % 4 === 0) {
      svg.append(made("text", { x: left - 6, y: y + cell / 2 + 4, "text-anchor": "end" }, head));
    }
    row.forEach((weight, column) => {
      if (weight === null) return;
      const rect = made("rect", { x: left + column * width, y, width: width - 1, height: cell - 1,
                                  style: `--light:${colour(light, weight)};--dark:${colour(dark, weight)}` });
      const where = `head ${head} · ${tokens[column]} (${positions[column]}) · ${percent(weight)}`;
      rect.dataset.said = where;
      svg.append(rect);
    });
  });
  tokens.forEach((token, column) => {
    const [x, y] = [left + (column + 0.6) * width, weights.length * cell + 9];
    const short = token.length > 9 ? `${token.slice(0, 8)}…` : token;
    svg.append(made("text", { x, y, "text-anchor": "end", class: "token",
                              transform: `rotate(-60 ${x} ${y})` }, short));
  });
  return svg;
}

const note = () => element("p", "chart-note muted", "Stronger colour: more attention. Point at a square to read it.");

/** Between two of equally spaced hues. */
function colour(hues, share) {
  const place = share * (hues.length - 1);
  const from = Math.min(Math.floor(place), hues.length - 2);
  const part = (hue, at) => parseInt(hue.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(
    part(hues[from], at) + (place - from) * (part(hues[from + 1], at) - part(hues[from], at))));
  return `rgb(${mixed.join()})`;
}

const KINDS = { paths, parts, attention };

/** Draw every chart as it comes to the page, and say below it what the pointer or a finger is on. */
export function startCharts() {
  onPage("pointerover", ({ target }) => {
    const said = target.dataset?.said;
    const note = said && target.closest(".chart").querySelector(".chart-note");
    if (note) note.textContent = said;
  });
  new MutationObserver(() => {
    for (const chart of document.querySelectorAll(".chart[data-chart]:empty")) drawChart(chart);
  }).observe(document, { childList: true, subtree: true });
}

function drawChart(chart) {
  const kind = Object.keys(KINDS).find((name) => chart.classList.contains(name));
  if (kind) chart.append(KINDS[kind](JSON.parse(chart.dataset.chart)));
  if (kind === "attention") chart.append(note());
}
