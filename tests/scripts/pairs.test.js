/* Pairs of tokens in Patch, as presses make them. */

import assert from "node:assert/strict";
import { joinPair } from "../../assets/views/patch.js";

Deno.test("two tokens become a pair among the others, in order", () =>
  assert.equal(joinPair("0:0 3:4", 1, 2), "0:0 1:2 3:4"));

Deno.test("a token has one partner, and pairs that would cross are parted", () =>
  assert.equal(joinPair("0:0 1:1 2:2 3:3", 1, 2), "0:0 1:2 3:3"));

Deno.test("a pair that is pressed again is parted", () => assert.equal(joinPair("0:0 1:1", 1, 1), "0:0"));
