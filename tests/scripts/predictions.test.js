import assert from "node:assert/strict";
import { bitsAt, topOf, unpack } from "../../assets/map/predictions.js";
import { describe } from "../../assets/map/cells.js";
import { mapWith } from "./maps.js";

/** Two cells of one row with two tokens each: ids of three bits, shares in thousandths of ten. */
function packedAnswer() {
  const header = new TextEncoder().encode(JSON.stringify(
    { model: "m", revision: "r", k: 2, tokens: 2, idBits: 3, probabilityBits: 10, idBytes: 2 }));
  const ids = [0b10101100, 0b01110000]; // 5 3 | 0 7
  const shares = [0b11111010, 0b00000000, 0b01010001, 0b11110100, 0b00000000]; // 1000 5 | 125 0
  const buffer = new Uint8Array([...new Uint8Array(new Uint32Array([header.length]).buffer), ...header,
                                 ...ids, ...shares]).buffer;
  return buffer;
}

Deno.test("a number is read from any bit on, most significant bit first", () => {
  const bytes = new Uint8Array([0b00000001, 0b10000000]);
  assert.equal(bitsAt(bytes, 7, 2), 3);
  assert.equal(bitsAt(bytes, 0, 8), 1);
  assert.equal(bitsAt(bytes, 9, 7), 0);
});

Deno.test("each cell has its own tokens and shares, of which none is nothing or all, and an unknown id says so", () => {
  const map = mapWith("predicted", [[1, 2]], { predictions: true });
  map.key = "this text";
  map.predictions = { key: "this text", ...unpack(packedAnswer()), texts: ["zero", "", "", "three", "", "five"] };
  assert.deepEqual(topOf(describe(map, 0, 0)),
    [{ id: 5, text: "five", probability: 0.9996 }, { id: 3, text: "three", probability: 0.005 }]);
  assert.deepEqual(topOf(describe(map, 0, 1)),
    [{ id: 0, text: "zero", probability: 0.125 }, { id: 7, text: "id 7", probability: 0.0004 }]);
});

Deno.test("predictions of another text are not shown", () => {
  const map = mapWith("late", [[1]], { predictions: true });
  map.key = "another text";
  map.predictions = { key: "this text" };
  assert.equal(topOf(describe(map, 0, 0)), null);
});
