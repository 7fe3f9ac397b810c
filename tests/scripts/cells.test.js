import assert from "node:assert/strict";
import { cellOf, cellRequest, clamp, describe, rowsInView, sameCell, visible } from "../../assets/map/cells.js";
import { pooled } from "../../assets/map/pooling.js";
import { mapOf, mapOfId } from "../../assets/map/state.js";
import { mapWith } from "./maps.js";

Deno.test("an intensity gives its value back, also beyond the range of the colours", () => {
  const map = mapWith("intensity", [[0.5, 1, 1.5]], { low: [10], high: [20] });
  assert.deepEqual([0, 1, 2].map((column) => describe(map, 0, column).value), [10, 20, 30]);
});

Deno.test("a row of one value has a span of one", () => {
  const map = mapWith("flat", [[0.5]], { low: [7], high: [7] });
  assert.equal(describe(map, 0, 0).value, 7);
});

Deno.test("a logarithm gives its value back, and a raw value is itself", () => {
  assert.equal(describe(mapWith("log", [[3]], { log10: true }), 0, 0).value, 1000);
  assert.equal(describe(mapWith("raw", [[3]]), 0, 0).value, 3);
});

Deno.test("a column that is missing has no cell", () => {
  const map = mapWith("missing", [[1, 2]], { names: ["first_q", "exact_answer_last"], positions: [4, null] });
  pooled(map, 0, 1, 100);
  assert.equal(cellOf(map, { pointNumber: [0, 1] }), null);
  assert.equal(cellOf(map, { pointNumber: [0, 0] }).position, 4);
});

Deno.test("a pooled point is the token that it stands for", () => {
  const map = mapWith("point", [[1, 1, 9, 1]]);
  pooled(map, 0, 3, 2);
  assert.equal(cellOf(map, { pointNumber: [0, 1] }).column, 2);
});

Deno.test("a cell is asked for by the map's request, its row, position, column and name", () => {
  const map = mapWith("asked", [[1, 2]], { request: { text: "a b" }, names: ["one", "two"], positions: [0, 5] });
  assert.deepEqual(cellRequest(map, { row: 0, column: 1 }),
    { text: "a b", row: 0, position: 5, column: 1, column_name: "two" });
  const plain = mapWith("plain", [[1, 2]], { request: { text: "a b" } });
  assert.deepEqual(cellRequest(plain, { row: 0, column: 1 }), { text: "a b", row: 0, position: 1, column: 1 });
});

Deno.test("ranges are first and last columns and rows, within the map", () => {
  const map = mapWith("range", [[1, 2, 3, 4], [1, 2, 3, 4]]);
  assert.deepEqual(visible(map, [-0.5, 3.5]), [0, 3]);
  assert.deepEqual(visible(map, [0.5, 2.5]), [1, 2]);
  assert.deepEqual(rowsInView(map, [0.5, 9]), [1, 1]);
  assert.deepEqual([clamp(-3, 4), clamp(9, 4)], [0, 3]);
});

Deno.test("two cells are the same by row and column; no cell is the same as none", () => {
  assert.ok(sameCell({ row: 1, column: 2 }, { row: 1, column: 2 }));
  assert.ok(!sameCell({ row: 1, column: 2 }, { row: 2, column: 1 }));
  assert.ok(!sameCell(null, null));
});

Deno.test("a map has one state, found by its prefix and by the id of any part", () => {
  assert.equal(mapOf("compare-left"), mapOfId("compare-left-heatmap"));
  assert.notEqual(mapOf("compare-left"), mapOf("compare-right"));
  assert.deepEqual(mapOf("fresh").pins, []);
});
