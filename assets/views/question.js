/* The question of Ask: from an example, or from another view. */

import { noUpdate, setProps } from "../base/dash_internals.js";
import { onPage } from "../base/events.js";
import { entered } from "../page/views.js";
import { answers } from "./answer_mark.js";

let cameWithQuestion = true; // the right answer; one that was typed stays when another question is

const valueOf = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id)).value;

export function startQuestions() {
  onPage("input", ({ target }) => {
    if (target.id === "ask-right") cameWithQuestion = false;
    if (target.id !== "ask-question" || !cameWithQuestion || !valueOf("ask-right")) return;
    setProps("ask-right", { value: "" });
    setProps("ask-aliases", { value: [] });
  });
}

/** Dash calls this when an example is chosen: the question, the right answer, and its aliases. */
export function chooseQuestion(value) {
  if (!value) return Array(4).fill(noUpdate());
  cameWithQuestion = true;
  setProps("ask-example", { value: null }); // so that the same example can be chosen again
  const [question, right, ...aliases] = JSON.parse(value);
  return [question, right || "", aliases, { at: Date.now() }];
}

/** Another view's question, asked here: its text, a model, the right answer and its aliases. A study's also brings
    the longest answer, and where the exact answer was: its rule need not be the one here. An answer that is given is
    read, and none is generated. */
export async function askAbout({ question, model, right, aliases, length, mark, given = "" }) {
  answers.current = answers.current || { isRunning: false }; // so that the view asks no example first
  cameWithQuestion = true;
  window.location.hash = "#ask";
  await entered("ask");
  setProps("ask-question", { value: question });
  if (model) setProps("ask-model", { value: model });
  setProps("ask-right", { value: right || "" });
  setProps("ask-aliases", { value: aliases || [] });
  if (length) {
    setProps("ask-length", { value: length });
    setProps("ask-temperature", { value: 0 });
  }
  answers.expected = mark ? { question, mark } : null;
  window.scrollTo(0, 0); // the click may have been far below
  setProps("ask-chosen", { data: { at: Date.now(), given } });
}
