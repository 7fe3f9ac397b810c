import assert from "node:assert/strict";
import { pooled, readNumbers, sharing } from "../../assets/map/pooling.js";
import { mapWith, packed } from "./maps.js";

Deno.test("numbers arrive as they were packed, missing ones as NaN", () => {
  const map = mapWith("packed", [[1.5, NaN, -2], [0, 1e30, 4]]);
  assert.deepEqual([...map.z], [1.5, NaN, -2, 0, Math.fround(1e30), 4]);
  assert.deepEqual([map.rows, map.columns], [2, 3]);
});

Deno.test("numbers of another type are refused with its name", () => {
  const map = mapWith("typed", [[1]]);
  assert.throws(() => readNumbers(map, { z: { ...packed([[1]]), dtype: "f8" }, xgap: 0 }), /type f8, not f4/);
});

Deno.test("every planted outlier is drawn, whichever column of its bin it is in", () => {
  for (let planted = 0; planted < 12; planted++) {
    const map = mapWith("planted", [Array.from({ length: 12 }, (_, at) => (at === planted ? -9 : 1))]);
    const { z } = pooled(map, 0, 11, 3);
    assert.equal(z[0].length, 3);
    assert.equal(z[0].filter((value) => value === -9).length, 1);
    assert.equal(map.source[Math.floor(planted / 4)], planted);
  }
});

Deno.test("the furthest from the row's median is drawn, not the largest", () => {
  const map = mapWith("median", [[10, 10, 10, 11, 3, 10]]);
  assert.deepEqual(pooled(map, 0, 5, 1).z, [[3]]);
});

Deno.test("a sink is drawn only where its bin has nothing else", () => {
  const map = mapWith("sinks", [[1, 50, 1, 1, 60, 40]], { leftOut: [1, 4, 5] });
  assert.deepEqual(pooled(map, 0, 5, 3).z, [[1, 1, 60]]);
});

Deno.test("a bin without a finite value is empty", () => {
  const map = mapWith("empty", [[NaN, NaN, 2, NaN]]);
  assert.deepEqual(pooled(map, 0, 3, 2).z, [[null, 2]]);
});

Deno.test("with room for all columns nothing is pooled and the gap stays", () => {
  const map = mapWith("room", [[1, 2, 3]]);
  const { z, dx, x0, xgap } = pooled(map, 0, 2, 300);
  assert.deepEqual({ z, dx, x0, xgap }, { z: [[1, 2, 3]], dx: 1, x0: 0, xgap: 1 });
  assert.equal(sharing(map, 0, 1), null);
});

Deno.test("narrow columns have no gap", () => {
  const map = mapWith("narrow", [[1, 2, 3, 4]]);
  assert.equal(pooled(map, 0, 3, 19).xgap, 0);
  assert.equal(pooled(map, 0, 3, 20).xgap, 1);
});

Deno.test("a shared column says how many share it, which is drawn and which sinks are not", () => {
  const map = mapWith("shared", [[1, 1, 50, 2, 1, 1]], { leftOut: [2] });
  pooled(map, 0, 5, 2);
  assert.deepEqual(sharing(map, 0, 0), { tokens: 3, drawn: 0, sinks: [2] });
  assert.deepEqual(sharing(map, 0, 2), { tokens: 3, drawn: 0, sinks: [] });
  assert.deepEqual(sharing(map, 0, 5), { tokens: 3, drawn: 3, sinks: [] });
});
