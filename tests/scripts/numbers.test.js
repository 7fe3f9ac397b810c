/* One rule for numbers, in the browser as in Python (tests/model_backend/grids/test_numbers.py). */

import assert from "node:assert/strict";
import { intensityText, ordinal, valueText } from "../../assets/base/numbers.js";
import examples from "../fixtures/numbers.json" with { type: "json" };

for (const { value, unit, whole, text } of examples) {
  Deno.test(`${value} in ${unit || "no unit"} reads ${text}`, () =>
    assert.equal(valueText(value, unit, Boolean(whole)), text));
}

Deno.test("a number that is none says so", () => assert.equal(valueText(NaN, "nats"), "no value here"));

Deno.test("places are counted", () =>
  assert.deepEqual([1, 2, 3, 11, 22, 1103].map(ordinal), ["1st", "2nd", "3rd", "11th", "22nd", "1,103rd"]));

Deno.test("an intensity beyond the colours says on which side", () => {
  assert.deepEqual([0.75, 0.4, 1.2].map(intensityText),
    ["0.75", "0.50 (clipped: below the range)", "1.00 (clipped: above the range)"]);
});
