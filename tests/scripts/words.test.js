/* Words in cells: cut to their room, in an ink that reads, in few digits. */

import assert from "node:assert/strict";
import { contrast, inkOn, READABLE, readScale, rgbOf } from "../../assets/base/colours.js";
import { shortText } from "../../assets/base/numbers.js";
import { cut } from "../../assets/words/fit.js";
import { shownIn, wordsOf } from "../../assets/words/cell_text.js";
import { mapWith } from "./maps.js";

const atMost = (size) => (part) => [...part].length <= size;

Deno.test("a text is cut with an ellipsis, between characters and never within one", () => {
  assert.deepEqual(cut("·Paris", atMost(6)), "·Paris");
  assert.deepEqual(cut("·Parisian", atMost(6)), "·Pari…");
  assert.deepEqual(cut("😀😀😀😀", atMost(3)), "😀😀…");
  assert.deepEqual(cut("abc", atMost(1)), "");
});

Deno.test("every colour has an ink that reads on it, the page's own where that does", () => {
  const parts = Array.from({ length: 18 }, (_, at) => at * 15);
  for (const red of parts) for (const green of parts) for (const blue of parts) {
    const ink = inkOn([red, green, blue], ["#16202e"]);
    assert(contrast([red, green, blue], rgbOf(ink)) >= READABLE);
  }
  assert.deepEqual(inkOn(rgbOf("#eaf2fb"), ["#16202e"]), "#16202e");
  assert.deepEqual(inkOn(rgbOf("#08285a"), ["#16202e"]), "#ffffff");
});

Deno.test("a share of a scale has the colour between its stops", () => {
  const colourAt = readScale([[0, "#000000"], [0.5, "#640000"], [1, "#6400c8"]]);
  assert.deepEqual(colourAt(0.25), [50, 0, 0]);
  assert.deepEqual(colourAt(0.75), [100, 0, 100]);
  assert.deepEqual([colourAt(-1), colourAt(2)], [[0, 0, 0], [100, 0, 200]]);
});

Deno.test("two colours in one place part there", () => {
  const colourAt = readScale([[0, "#ff0000"], [0.5, "#800000"], [0.5, "#000080"], [1, "#0000ff"]]);
  assert.deepEqual(colourAt(0.4999)[2], 0);
  assert.deepEqual(colourAt(0.5001)[0], 0);
});

Deno.test("a value in a cell has two or three digits", () => {
  const shown = [[0.153, "probability"], [0.0999, "probability"], [0.0234, "probability"], [0.00002, "probability"],
                 [49_100, ""], [396, ""], [9.4, "bits"], [165.3, ""], [12.34, ""], [-0.127, ""], [0.00012, ""], [0, ""],
                 [-0.0003, "of the gap"], [0.014, "of the gap"], [0, "of the gap lost"]];
  assert.deepEqual(shown.map(([value, unit]) => shortText(value, unit)),
    ["15%", "10%", "2.3%", "0%", "49k", "396", "9.40", "165", "12.3", "-0.13", "1e-4", "0", "0.00", "0.01", "0"]);
});

Deno.test("a measure has its own text unless the reader chose one, and without predictions it is the value", () => {
  const map = mapWith("text", [[1, 2]], { cells: "likeliest token", predictions: true });
  assert.deepEqual(shownIn(map), "likeliest token");
  map.cellText = "nothing";
  assert.deepEqual(shownIn(map), "nothing");
  Object.assign(map, { cellText: "automatic", meta: { ...map.meta, predictions: false } });
  assert.deepEqual(shownIn(map), "value");
  map.cellText = "automatic";
});

Deno.test("cells that are too small to read have no words", () => {
  const map = mapWith("small", [[1, 2]], { cells: "value" });
  const view = { columns: [0, 1], rows: [0, 0], width: 29, height: 20 };
  assert.deepEqual(wordsOf(map, view).words, []);
  assert.deepEqual(wordsOf(map, { ...view, width: 60, height: 10 }).words, []);
});
