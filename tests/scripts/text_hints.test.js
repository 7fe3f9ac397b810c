/* Hints about the text of Explore: a start or end token that stands in the text and is added as well. */

import assert from "node:assert/strict";
import { hintAtTwice, once } from "../../assets/page/text_hints.js";

const tokenized = (...tokens) => {
  const distinct = [...new Set(tokens)];
  return { tokens, ids: tokens.map((token) => distinct.indexOf(token)) };
};

Deno.test("a start token that the text has and the tokenizer adds is left out once", () => {
  assert.equal(once("<s>[INST] Hi", tokenized("<s>", "<s>", "[INST]", "·Hi")), "[INST] Hi");
  assert.equal(once("<s><s>Hi", tokenized("<s>", "<s>", "<s>", "Hi")), "<s>Hi");
});

Deno.test("an end token, and both at once, are left out too", () => {
  const both = tokenized("[CLS]", "[CLS]", "hi", "[SEP]", "[SEP]");
  assert.equal(once("[CLS]hi[SEP]", both), "hi");
  assert.equal(once("hi</s>", tokenized("<s>", "hi", "</s>", "</s>")), "hi");
});

Deno.test("a text that repeats itself, or a token that is there once, stays as it is", () => {
  for (const [text, ...tokens] of [
    ["<s>Hi", "<s>", "Hi"], // the tokenizer adds nothing
    ["<s><s>Hi", "<s>", "<s>", "Hi"],
    ["aab", "a", "a", "b"],
    ["a a", "<s>", "a", "·a"],
    ["haha", "ha", "ha"],
    ["Hi", "<s>", "Hi"],
    ["ab", "", "", "ab"],
  ]) assert.equal(once(text, tokenized(...tokens)), text);
});

Deno.test("the hint is shown for the text of the map only, and before there is a map not at all", () => {
  const meta = { ...tokenized("<s>", "<s>", "Hi"), request: { text: "<s>Hi" } };
  const figure = { layout: { meta } };
  assert.equal(hintAtTwice("<s>Hi", figure), false);
  assert.equal(hintAtTwice("<s>Hi there", figure), true);
  assert.equal(hintAtTwice("<s>Hi", undefined), true);
});
