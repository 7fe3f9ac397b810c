import assert from "node:assert/strict";
import { tableOf } from "../../assets/share/table.js";
import { mapWith } from "./maps.js";

Deno.test("a table has the cells in view, their lines, and no formula", () => {
  const map = mapWith("table", [[0.1, 0.2, NaN], [1, 2, 3]], {
    tokens: ["a", '"b",', "c"], layers: ["embed", "1"], name: "=sum", unit: "nats", request: { map: "A", minus: "B" },
    lines: [{ label: "share", unit: "", values: [[1, 2, null], [4, 5, 6]], upper: [[7, 8, null], [1, 2, 3]] }] });
  const text = tableOf(map, { xaxis: { range: [0.5, 2.5] }, yaxis: { range: [-0.5, 0.5] } });
  assert.equal(text, [
    'layer,position,token,value,"share, low","share, high",measure,unit,of',
    `embed,1,"""\\""b\\"",""",0.200000003,2,8,'=sum,nats,A minus B`,
    `embed,2,"""c""",,,,'=sum,nats,A minus B`, ""].join("\n"));
});
