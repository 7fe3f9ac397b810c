import assert from "node:assert/strict";
import { partnerOf, rangesIn, withIndex } from "../../assets/views/partners.js";
import { mapWith } from "./maps.js";

const zeros = (rows, columns) => Array.from({ length: rows }, () => Array(columns).fill(0));
const left = mapWith("left", zeros(3, 4));
const right = mapWith("right", zeros(2, 3));
const difference = mapWith("difference", zeros(2, 2));
/* Columns 1 and 3 of the left map are 0 and 2 of the right one; its middle layer has no partner. */
const partners = withIndex({
  maps: ["left", "right", "difference"], columns: [[1, 0, 0], [3, 2, 1], [0, null, null]],
  rightOfLeft: [0, null, 1], leftOfRight: [0, 2], hasRowsOfLeft: false, hasDifference: true });

Deno.test("a cell has its partner on the other map and on the difference, and back", () => {
  assert.deepEqual(partnerOf(partners, left, right, { row: 2, column: 3 }), { row: 1, column: 2 });
  assert.deepEqual(partnerOf(partners, left, difference, { row: 2, column: 3 }), { row: 1, column: 1 });
  assert.deepEqual(partnerOf(partners, difference, left, { row: 1, column: 1 }), { row: 2, column: 3 });
});

Deno.test("a cell without a partner has none, and no cell neither", () => {
  assert.equal(partnerOf(partners, left, right, { row: 2, column: 0 }), null);
  assert.equal(partnerOf(partners, left, right, { row: 1, column: 1 }), null);
  assert.equal(partnerOf(partners, left, right, null), null);
});

Deno.test("a zoom covers the partners of what it shows, and all shows all", () => {
  assert.deepEqual(rangesIn(partners, left, right, { x: [0.5, 3.5], y: [1.5, 2.5] }), { x: [-0.5, 2.5], y: [0.5, 1.5] });
  assert.deepEqual(rangesIn(partners, left, right, { x: [-0.5, 3.5], y: [-0.5, 2.5] }),
    { x: [-0.5, 2.5], y: [-0.5, 1.5] });
  assert.equal(rangesIn(partners, left, right, { x: [-0.5, 0.5], y: [-0.5, 2.5] }), null);
});
