/* What Plotly draws over a map's cells: outlines of what is pinned or spoken of, and what the figure itself
   marks (outlined, dimmed and missing cells). The open cell has one in pictures only: see outlines.js. */

/** @import { MapState, Place, Region } from "./types.js" */
import { paint } from "../base/colours.js";

/** @typedef {(name: string) => string} Paint a colour by its name */

/** @param {MapState} map */
export function marks(map, { inPicture = false } = {}) {
  const colour = (name) => paint(name, inPicture);
  const absent = (map.meta.positions || []).flatMap((position, column) => (position === null ? [column] : []));
  const missing = [...new Set([...absent, ...(map.meta.empty || [])])];
  const dimmed = map.meta.dimmed || [];
  const made = {
    shapes: [
      ...masks(map, colour),
      ...map.base.shapes,
      ...missing.map((column) => nothing(column, map.rows, colour)),
      ...(dimmed.length ? [strokes(dimmed, colour("--hatch"))] : []),
      ...(map.meta.outlined?.length ? [contour(map.meta.outlined, colour("--halo"), 5),
                                       contour(map.meta.outlined, colour("--ink"), 2)] : []),
      ...map.regions.flatMap((region) => box(region, "--region", colour)),
      ...map.pins.flatMap((cell) => box(one(cell), "--pin", colour)),
      ...(inPicture && map.open ? box(one(map.open), "--pin", colour) : []),
    ],
    annotations: [...map.base.annotations.map((note) => inked(note, colour)),
                  ...map.pins.map((pin, at) => number(pin, at, colour))],
  };
  map.nMarks = made.shapes.length;
  return made;
}

/** What has no colour of its own has that of the text, light or dark. */
const inked = (note, colour) => (
  note.font?.color ? note : { ...note, font: { ...note.font, color: colour("--ink") } });

const one = ({ row, column }) => ({ first_row: row, last_row: row,
                                    first_position: column, last_position: column });

const INSIDE = 0.06; // of a cell: Plotly cuts off what lies beyond the map, so half of a line on its edge

const edges = (region, inside = 0) => ({
  x0: region.first_position - 0.5 + inside, x1: region.last_position + 0.5 - inside,
  y0: region.first_row - 0.5 + inside, y1: region.last_row + 0.5 - inside });

const line = (region, color, width) => ({ type: "rect", ...edges(region, INSIDE), line: { width, color } });

// On a pale halo, for no one colour stands out against every blue.
const box = (region, name, colour) => [line(region, colour("--halo"), 6), line(region, colour(name), 2.5)];

const MOST_APART = 150; // columns; more have no gaps between them

/** Grey cells below the map's own, which has none there. @param {MapState} map @param {Paint} colour */
function masks(map, colour) {
  const { maskedRows = [], maskedColumns = [] } = map.meta;
  const whole = [
    ...maskedRows.map((row) => ({ ...one({ row, column: 0 }), last_position: map.columns - 1 })),
    ...maskedColumns.map((column) => ({ ...one({ row: 0, column }), last_row: map.rows - 1 }))];
  if (!whole.length) return [];
  const parts = map.columns > MOST_APART ? whole : whole.flatMap(cellsOf).filter((cell) => hasValue(map, cell));
  const path = parts.map((part) => edges(part)).map(({ x0, x1, y0, y1 }) => `M${x0},${y0}H${x1}V${y1}H${x0}Z`).join("");
  const line = { width: map.gap, color: colour("--card") };
  return [{ type: "path", path, fillcolor: colour("--masked"), line, layer: "below" }];
}

const hasValue = (map, { first_row: row, first_position: column }) =>
  Number.isFinite(map.z[row * map.columns + column]);

/** @param {Region} region @returns {Region[]} each of its cells */
function cellsOf(region) {
  const cells = [];
  const { first_row, last_row, first_position, last_position } = region;
  for (let row = first_row; row <= last_row; row++) {
    for (let column = first_position; column <= last_position; column++) cells.push(one({ row, column }));
  }
  return cells;
}

/** Strokes from lower left to upper right, two in every cell; all in one shape, for hundreds would be slow
   to draw. A veil would change what the colours say. */
const strokes = (cells, color) => ({
  type: "path", line: { width: 1, color },
  path: cells.map(([row, column]) => `M${column - 0.5},${row}L${column},${row + 0.5}`
    + `M${column},${row - 0.5}L${column + 0.5},${row}`).join("") });

/** A dotted frame for a column without values: strokes say that a value may be chance, and here is none. */
const nothing = (column, rows, colour) => ({
  type: "rect", x0: column - 0.42, x1: column + 0.42, y0: -0.42, y1: rows - 0.58,
  line: { width: 1.5, dash: "dot", color: colour("--hatch") } });

/** The outer edge of a set of cells: every side that has no neighbour in the set. */
function contour(cells, color, width) {
  const inside = new Set(cells.map(([row, column]) => `${row},${column}`));
  const has = (row, column) => inside.has(`${row},${column}`);
  let path = "";
  for (const [row, column] of cells) {
    const [left, right, below, above] = [column - 0.5, column + 0.5, row - 0.5, row + 0.5];
    if (!has(row, column - 1)) path += `M${left},${below}L${left},${above}`;
    if (!has(row, column + 1)) path += `M${right},${below}L${right},${above}`;
    if (!has(row - 1, column)) path += `M${left},${below}L${right},${below}`;
    if (!has(row + 1, column)) path += `M${left},${above}L${right},${above}`;
  }
  return { type: "path", path, line: { width, color } };
}

/** On the cell's corner, so that its word can be read. */
const number = ({ row, column }, at, colour) => ({
  x: column - 0.5, y: row + 0.5, xanchor: "left", text: `<b>${at + 1}</b>`, showarrow: false,
  font: { color: "#ffffff", size: 11 }, bgcolor: colour("--pin"), borderpad: 2 });
