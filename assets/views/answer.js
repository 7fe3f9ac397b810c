/* Follows an answer while it grows, and stops it. The page asks again and again for the tokens that are new; an
   answer that no page asks for ends by itself. */

import { addressOf, setProps } from "../base/dash_internals.js";
import { on } from "../base/events.js";
import { clearError, complain } from "../base/notice.js";
import { holdsState } from "../links/address.js";
import { answers, restoreMark, sendMark } from "./answer_mark.js";
import { drawGrowing, drawTokens } from "./answer_tokens.js";

const SOON = 100, LATER = 300, PATIENCE = 8; // milliseconds between two looks; looks that may fail
const routeOf = (what) => addressOf(`answer/${what}`);
const json = (values) => new Blob([JSON.stringify(values)], { type: "application/json" });

/** Dash calls this when a question was taken. An earlier answer that still grows is stopped. */
export function followAnswer(started) {
  if (!started) return;
  const { current, expected } = answers;
  if (current?.isRunning) stop();
  const mark = expected?.question === started.request.question ? expected.mark : null; // or it was refused
  const answer = { ...started, texts: [], probabilities: [], isRunning: true, failed: 0, mark };
  Object.assign(answers, { current: answer, expected: null });
  clearError();
  setProps("ask-verdict", { children: null });
  showBusy(true);
  drawGrowing(answer);
  look(answer);
}

async function look(answer) {
  let said;
  try {
    const body = json({ answer: answer.answer, since: answer.texts.length });
    const response = await fetch(routeOf("progress"), { method: "POST", body });
    said = await response.json();
    if (!response.ok) said = { running: false, error: said.error };
    answer.failed = 0;
  } catch {
    answer.failed += 1;
    if (answer.failed < PATIENCE) return setTimeout(look, LATER * answer.failed, answer);
    said = { running: false, error: "The server does not answer. Your question is kept; press Ask again." };
  }
  if (answer === answers.current) take(answer, said);
}

function take(answer, said) {
  answer.texts.push(...(said.texts || []));
  answer.probabilities.push(...(said.probabilities || []));
  document.getElementById("ask-answer").style.setProperty("--share", said.share || 0);
  if (!said.running) return end(answer, said);
  drawGrowing(answer);
  setProps("ask-progress", { children: said.said });
  setTimeout(look, answer.texts.length < 200 ? SOON : LATER, answer);
}

function end(answer, said) {
  answer.isRunning = false;
  answer.ids = said.ids;
  showBusy(false);
  if (said.error) {
    setProps("ask-progress", { children: "No answer." });
    complain(said.error);
  } else {
    drawGrowing(answer);
    setProps("ask-answered", { data: { answer: answer.answer, request: answer.request, ids: said.ids } });
  }
}

function showBusy(isBusy) {
  setProps("ask-stop", { disabled: !isBusy });
  setProps("ask-answer", { className: isBusy ? "card answer is-busy" : "card answer" });
  if (isBusy) setProps("ask-progress", { children: "Waiting for the model" });
}

const stop = () => navigator.sendBeacon(routeOf("stop"), json({ answer: answers.current.answer }));

/** Dash calls this when Stop is pressed. */
export function stopAnswer() {
  if (answers.current?.isRunning) stop();
}

/** Dash calls this with the answer as it was read. */
export function drawAnswer(read) {
  if (!read) return;
  drawTokens(read);
  restoreMark(read);
}

export function startAnswers() {
  on("marked", ({ mark }) => sendMark(mark));
  on("view", ({ name }) => { // the first look at the view has an answer in it, unless a link brings one
    if (name !== "ask" || answers.current || holdsState(window.location.hash)) return;
    setTimeout(() => document.getElementById("ask-run")?.click(), 100);
  });
  window.addEventListener("pagehide", ({ persisted }) => {
    if (!persisted) stopAnswer();
  });
}
