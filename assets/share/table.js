/* The cells in view of a map that is of no one text, such as a difference or a study's, as a CSV table made in the
   browser: every number that a cell has is there already. */

/** @import { CellLine, MapState } from "../map/types.js" */
import { rowsInView, visible } from "../map/cells.js";
import { graph } from "../map/state.js";
import { download, fileName } from "./download.js";

/** @param {MapState} map */
export const saveTable = (map) => download(
  new Blob([tableOf(map, graph(map).layout)], { type: "text/csv" }), fileName(map, "csv"));

/** One line for every cell: layer, position, name if it has one, token, value, and what else is known.
    @param {MapState} map @param {any} layout Plotly's, with the ranges of both axes */
export function tableOf(map, { xaxis, yaxis }) {
  const { name, unit, names, tokens, layers, lines = [] } = map.meta;
  const [first, last] = visible(map, xaxis.range);
  const [low, high] = rowsInView(map, yaxis.range);
  const more = lines.flatMap(({ label, upper }) => (upper ? [`${label}, low`, `${label}, high`] : [label]));
  /** @type {(string | number)[][]} */
  const text = [["layer", "position", ...(names ? ["name"] : []), "token", "value", ...more, "measure", "unit", "of"]];
  for (let row = low; row <= high; row++) {
    for (let column = first; column <= last; column++) {
      text.push([layers[row], column, ...(names ? [names[column]] : []), JSON.stringify(tokens[column]),
                 number(map.z[row * map.columns + column]),
                 ...lines.flatMap((line) => numbers(line, row, column)), name, unit, about(map)]);
    }
  }
  return `${text.map((line) => line.map(quoted).join(",")).join("\n")}\n`;
}

/** @param {CellLine} line */
const numbers = ({ values, upper }, row, column) =>
  [values, ...(upper ? [upper] : [])].map((of) => of[row][column] ?? "");

/** As many digits as tell one number of four bytes from all others; a cell without a value stays empty. */
const number = (value) => (Number.isFinite(value) ? Number(value.toPrecision(9)) : "");

/** @param {MapState} map */
const about = ({ meta: { about: said, request } }) =>
  said || [request.map, request.minus].filter(Boolean).join(" minus ");

/** A text that a spreadsheet would take for a formula is set off by an apostrophe. */
function quoted(value) {
  const text = typeof value === "string" && /^[=+@\t\r]|^-(?![\d.]+$)/.test(value) ? `'${value}` : String(value ?? "");
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
