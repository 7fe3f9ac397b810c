import assert from "node:assert/strict";
import { nameOfBar } from "../../assets/map/room.js";

const NAME = "difference in patching effect, of the gap";

Deno.test("the name of a colour bar takes two lines where it would leave the bar too little room", () => {
  assert.equal(nameOfBar(NAME, 900), NAME);
  assert.equal(nameOfBar(NAME, 330), "difference in patching<br>effect, of the gap");
  assert.equal(nameOfBar(nameOfBar(NAME, 330), 900), NAME);
  assert.equal(nameOfBar("probability", 100), "probability");
});
