import assert from "node:assert/strict";
import { draft, keepDraft, nextStep, typedTexts } from "../../assets/links/drafts.js";

/* A tab's history: as many steps as were pushed, of which one is shown. */
const history = { state: null, replaceState(state) { this.state = state; } };
Object.assign(globalThis, { window: { history, sessionStorage, location: { href: "#" } } });

function goTo(step) {
  history.state = step;
}

Deno.test("what is typed is what no map is of", () => {
  const boxes = [{ name: "text", value: "new", known: ["old"] }, { name: "question", value: "q", known: [null, "q"] },
                 { name: "right", value: null, known: [] }];
  assert.deepEqual(typedTexts(boxes), { text: "new" });
});

Deno.test("each step of the history has its own draft, also after a reload", () => {
  const [one, two] = [nextStep(), nextStep()];
  goTo(one);
  keepDraft({ text: "first" });
  goTo(two);
  assert.deepEqual(draft(), {});
  keepDraft({ text: "second" });
  goTo(one);
  assert.deepEqual(draft(), { text: "first" });
  assert.deepEqual(JSON.parse(sessionStorage.getItem("layerscope-drafts")),
    [[one.step, { text: "first" }], [two.step, { text: "second" }]]);
});

Deno.test("a text that was run is no draft", () => {
  goTo(nextStep());
  keepDraft({ text: "typed" });
  keepDraft({});
  assert.deepEqual(draft(), {});
});

Deno.test("a step without a name gets one, and old drafts make room for new ones", () => {
  goTo(null);
  keepDraft({ text: "oldest" });
  const oldest = history.state;
  assert.ok(oldest.step);
  for (let count = 0; count < 60; count++) {
    goTo(nextStep());
    keepDraft({ text: "newer" });
  }
  goTo(oldest);
  assert.deepEqual(draft(), {});
});
