import assert from "node:assert/strict";
import { inflateSync } from "node:zlib";
import { fragmentOf, holdsState } from "../../assets/links/address.js";
import { rangesOf, stateOf } from "../../assets/links/map_state.js";
import { isOther, partsThatCount, requestOf } from "../../assets/links/view_state.js";
import { mapWith } from "./maps.js";

Deno.test("a fragment names its view and version, and its state can be read back", async () => {
  const state = { parts: { text: "Ünï 🙂 ".repeat(50) }, maps: { explore: { pins: [[1, 2]] } } };
  const fragment = await fragmentOf("explore", 3, state);
  const [, packed] = fragment.match(/^#explore\/3\.([A-Za-z0-9_-]+)$/);
  const bytes = Uint8Array.from(atob(packed.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  assert.deepEqual(JSON.parse(new TextDecoder().decode(inflateSync(bytes))), state);
});

Deno.test("only a version makes a fragment a state", () => {
  assert.ok(holdsState("#explore/3.eJyr"));
  for (const hash of ["", "#explore", "#probe/published/Math", "#probe/published/3.Math"]) assert.ok(!holdsState(hash));
});

Deno.test("a whole range is left out of a link, a zoom is rounded", () => {
  const map = mapWith("linked", [[1, 2, 3], [4, 5, 6]], { madeBy: { model: "m", revision: "0123456789abcdef01", dtype: "f" } });
  const whole = { xaxis: { range: [-0.5, 2.5] }, yaxis: { range: [-0.5, 1.5] } };
  assert.deepEqual(stateOf(map, whole), { revision: "0123456789abcdef", pins: [] });
  map.open = { row: 1, column: 2 };
  map.pins = [{ row: 0, column: 1 }];
  const zoomed = stateOf(map, { ...whole, xaxis: { range: [0.50004, 2.5] } });
  assert.deepEqual(zoomed, { x: [0.5, 2.5], revision: "0123456789abcdef", open: [1, 2], pins: [[0, 1]] });
  assert.deepEqual(rangesOf(map, zoomed), { x: [0.5, 2.5], y: [-0.5, 1.5] });
});

Deno.test("a part counts if it has a value and its partner the right one", () => {
  const parts = [{ name: "kind", onlyWith: [] }, { name: "text", onlyWith: ["kind", "text"] },
                 { name: "question", onlyWith: ["kind", "question"] }, { name: "none", onlyWith: [] }];
  const values = { kind: "text", text: "a", question: "b", none: null };
  assert.deepEqual(partsThatCount(parts, values), { kind: "text", text: "a" });
});

Deno.test("a map is of something else by the keys that its request has", () => {
  assert.ok(isOther(undefined, "text", "a"));
  assert.ok(isOther({ text: "a" }, "text", "b"));
  assert.ok(!isOther({ text: "a" }, "text", "a"));
  assert.ok(!isOther({ text: "a" }, "revision", "b"));
  assert.ok(isOther({ text: "a" }, "", { text: "b" }));
});

Deno.test("a link's parts make up the request of the map that they belong to", () => {
  const part = (name, fromRequest) => ({ name, fromRequest, id: name, property: "value", model: false, typed: false, onlyWith: null });
  const linked = { parts: [part("text", ["one", "text"]), part("answer", ["two", ""]), part("scale", ["", ""])],
                   maps: [], moreMaps: [], run: "", starts: false };
  const parts = { text: "a", answer: { question: "q", seed: 1 }, scale: "raw" };
  assert.deepEqual(requestOf(linked, "one", parts), [["text", "a"]]);
  assert.deepEqual(requestOf(linked, "two", parts), [["question", "q"], ["seed", 1]]);
});
