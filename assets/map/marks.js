/* What Plotly draws over a map's cells: outlines of what is pinned or spoken of, and what the figure itself
   marks (outlined, dimmed and missing cells). The open cell has one in pictures only: see outlines.js. */

/** @import { MapState, Place, Region } from "./types.js" */

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** @param {MapState} map */
export function marks(map, { inPicture = false } = {}) {
  const absent = (map.meta.positions || []).flatMap((position, column) => (position === null ? [column] : []));
  const missing = [...new Set([...absent, ...(map.meta.empty || [])])];
  const dimmed = map.meta.dimmed || [];
  const made = {
    shapes: [
      ...map.base.shapes,
      ...missing.map((column) => nothing(column, map.rows)),
      ...(dimmed.length ? [strokes(dimmed, "--hatch")] : []),
      ...(map.meta.outlined?.length ? [contour(map.meta.outlined, "--halo", 5),
                                       contour(map.meta.outlined, "--ink", 2)] : []),
      ...map.regions.flatMap((region) => box(region, "--region")),
      ...map.pins.flatMap((cell) => box(one(cell), "--pin")),
      ...(inPicture && map.open ? box(one(map.open), "--pin") : []),
    ],
    annotations: [...map.base.annotations.map(inked), ...map.pins.map(number)],
  };
  map.nMarks = made.shapes.length;
  return made;
}

/** What has no colour of its own has that of the text, light or dark. */
const inked = (note) => (
  note.font?.color ? note : { ...note, font: { ...note.font, color: colour("--ink") } });

const one = ({ row, column }) => ({ first_row: row, last_row: row,
                                    first_position: column, last_position: column });

const edges = (region) => ({ x0: region.first_position - 0.5, x1: region.last_position + 0.5,
                             y0: region.first_row - 0.5, y1: region.last_row + 0.5 });

const line = (region, name, width) => (
  { type: "rect", ...edges(region), line: { width, color: colour(name) } });

// On a pale halo, for no one colour stands out against every blue.
const box = (region, name) => [line(region, "--halo", 6), line(region, name, 2.5)];

/** Strokes from lower left to upper right, two in every cell; all in one shape, for hundreds would be slow
   to draw. A veil would change what the colours say. */
const strokes = (cells, name) => ({
  type: "path", line: { width: 1, color: colour(name) },
  path: cells.map(([row, column]) => `M${column - 0.5},${row}L${column},${row + 0.5}`
    + `M${column},${row - 0.5}L${column + 0.5},${row}`).join("") });

/** A dotted frame for a column without values: strokes say that a value may be chance, and here is none. */
const nothing = (column, rows) => ({
  type: "rect", x0: column - 0.42, x1: column + 0.42, y0: -0.42, y1: rows - 0.58,
  line: { width: 1.5, dash: "dot", color: colour("--hatch") } });

/** The outer edge of a set of cells: every side that has no neighbour in the set. */
function contour(cells, name, width) {
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
  return { type: "path", path, line: { width, color: colour(name) } };
}

const number = ({ row, column }, at) => ({
  x: column, y: row, text: `<b>${at + 1}</b>`, showarrow: false, font: { color: "#ffffff", size: 11 },
  bgcolor: colour("--pin"), borderpad: 2 });
