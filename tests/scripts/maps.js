/* Maps as the page holds them, for tests. */

import { mapOf } from "../../assets/map/state.js";
import { readNumbers } from "../../assets/map/pooling.js";

/**
 * A map of these rows of numbers, as if the server's figure had just come.
 * @param {string} prefix
 * @param {number[][]} rows
 * @param {Partial<import("../../assets/map/types.js").FigureMeta>} [meta]
 */
export function mapWith(prefix, rows, meta = {}) {
  const map = mapOf(prefix);
  const tokens = rows[0].map((_, at) => `t${at}`);
  map.meta = { name: "entropy", unit: "nats", darkColours: [], cells: "value", tokens, layers: rows.map((_, at) => String(at)), request: {},
               view: {}, ...meta };
  readNumbers(map, { z: packed(rows), xgap: 1 });
  return map;
}

/** Numbers as the server packs them (dashboard/maps/packing.py). @param {number[][]} rows */
export function packed(rows) {
  const bytes = new Uint8Array(new Float32Array(rows.flat()).buffer);
  const base64 = btoa(String.fromCharCode(...bytes)).replaceAll("/", "_").replaceAll("+", "-");
  return { dtype: "f4", shape: `${rows.length}, ${rows[0].length}`, bdata: base64 };
}
