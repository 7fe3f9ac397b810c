import assert from "node:assert/strict";
import { intensityText, percent, valueText } from "../../assets/base/numbers.js";

/** @type {[number, string, string][]} */
const VALUES = [
  [NaN, "nats", "no value here"], [0, "nats", "0 nats"], [12, "", "12"], [12345, "nats", "12,345 nats"],
  [0.123456, "nats", "0.1235 nats"], [-0.00001234, "nats", "-1.23e-5 nats"], [1234567.8, "", "1235000"], [2000000, "nats", "2000000 nats"],
  [0.25, "probability", "25%"], [-0.123456, "probability", "-12.3%"], [1e-9, "probability", "<0.0001%"],
  [-1e-9, "probability", ">-0.0001%"], [0, "probability", "0%"], [0.5, "P(correct)", "P(correct) 0.500"],
];

for (const [value, unit, text] of VALUES) {
  Deno.test(`${value} in ${unit || "no unit"} reads ${text}`, () => assert.equal(valueText(value, unit), text));
}

Deno.test("a share is a percentage, a tiny one is not zero", () => {
  assert.deepEqual([0.0004, 0.001, 0.5, 1].map(percent), ["<0.1%", "0.1%", "50.0%", "100.0%"]);
});

Deno.test("an intensity beyond the colours says on which side", () => {
  assert.deepEqual([0.75, 0.4, 1.2].map(intensityText),
    ["0.75", "0.50 (clipped: below the range)", "1.00 (clipped: above the range)"]);
});
