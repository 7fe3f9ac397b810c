/* A map's numbers, and fewer of them where there are more columns than pixels. */

/** @import { MapState } from "./types.js" */
import { isMasked } from "./cells.js";
import { partOf } from "./state.js";

const NO_GAP_BELOW = 5; // pixels: a narrower column would be hidden by the gap beside it

/** Read the numbers of the server's figure into the map's state. @param {MapState} map */
export function readNumbers(map, { z: packed, xgap: gap }) {
  map.gap = gap || 0;
  map.z = decode(packed);
  [map.rows, map.columns] = packed.shape.split(",").map(Number);
  map.centre = rowCentres(map);
  const { leftOut, maskedRows, maskedColumns } = map.meta;
  map.isSink = flags(map.columns, leftOut);
  map.isMaskedRow = flags(map.rows, maskedRows);
  map.isMaskedColumn = flags(map.columns, maskedColumns);
}

/** @param {number} size @param {number[]} [places] @returns {Uint8Array} 1 at these places */
function flags(size, places = []) {
  const made = new Uint8Array(size);
  for (const at of places) made[at] = 1;
  return made;
}

function decode({ bdata, dtype }) {
  if (dtype !== "f4") throw new Error(`the map has numbers of type ${dtype}, not f4`);
  const base64 = bdata.replaceAll("_", "/").replaceAll("-", "+"); // as the server packs it
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

/** The median of every row. */
function rowCentres({ z, rows, columns }) {
  const centres = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const finite = z.slice(row * columns, (row + 1) * columns).filter(Number.isFinite).sort();
    centres[row] = finite.length ? finite[finite.length >> 1] : 0;
  }
  return centres;
}

/** Columns first..last in as many bins as there are pixels. A bin shows the value that is furthest from
   its row's median, so that a single outlier among thousands of tokens is never lost. A sink that is left
   out of the colours would hide every neighbour: it is shown where its bin has nothing else, and marked
   above the map wherever it is. @param {MapState} map */
export function pooled(map, first, last, pixels) {
  const width = Math.max(1, Math.ceil((last - first + 1) / pixels));
  const bins = Math.ceil(map.columns / width);
  const rows = [];
  map.width = width;
  map.source = new Int32Array(map.rows * bins);
  for (let row = 0; row < map.rows; row++) {
    const out = new Array(bins);
    for (let bin = 0; bin < bins; bin++) {
      const column = extreme(map, row, bin * width, Math.min(map.columns, (bin + 1) * width));
      map.source[row * bins + bin] = column;
      const value = map.z[row * map.columns + column];
      out[bin] = Number.isFinite(value) && !isMasked(map, row, column) ? value : null; // marks.js draws the grey
    }
    rows.push(out);
  }
  const each = (pixels * width) / (last - first + 1);
  return { z: rows, x0: (width - 1) / 2, dx: width, xgap: each < NO_GAP_BELOW ? 0 : map.gap };
}

/** @param {MapState} map */
function extreme(map, row, from, to) {
  let best = from;
  let most = -Infinity;
  for (let column = from; column < to; column++) {
    const away = Math.abs(map.z[row * map.columns + column] - map.centre[row]);
    if (!Number.isFinite(away)) continue;
    const isAside = map.isSink[column] || map.isMaskedColumn[column];
    const rank = isAside ? -1 / (1 + away) : away; // these below all others, in their order
    if (rank > most) [best, most] = [column, rank];
  }
  return best;
}

/** Where a cell shares its column on screen: how many tokens do, which of them is drawn, and which others
   are sinks that are not; null where it has the column for itself. @param {MapState} map */
export function sharing(map, row, column) {
  if (map.width === 1) return null;
  const bin = Math.floor(column / map.width);
  const from = bin * map.width;
  const tokens = Math.min(map.columns, from + map.width) - from;
  const drawn = map.source[row * (map.source.length / map.rows) + bin];
  const inside = Array.from({ length: tokens }, (_, at) => from + at);
  return { tokens, drawn, sinks: inside.filter((at) => map.isSink[at] && at !== drawn && at !== column) };
}

/** That columns are shared, below the map. @param {MapState} map */
export function sayPooling(map) {
  const { width } = map;
  const note = partOf(map, "pooled");
  if (!note) return;
  note.hidden = width === 1;
  note.textContent = `${width} tokens share each column: in each layer the one furthest from the layer's `
    + "median is drawn, and a sink (▾) only where it is alone. Zoom in for all.";
}
