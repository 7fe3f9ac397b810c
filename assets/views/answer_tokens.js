/* A prompt and its answer as tokens, in parts that are labelled. Those of the answer say how likely each was, and
   are marked as the exact answer by dragging, by a click, or from the keyboard. */

import { element } from "../base/elements.js";
import { emit, onPage } from "../base/events.js";
import { percent } from "../base/numbers.js";

const LABELS = { template: "template", question: "question", answer: "answer", end: "end" };
const stream = () => document.getElementById("ask-stream");

let shown = null; // what is on screen: texts, parts, nPrompt, exact ...
let cursor = null; // the keyboard's place among the answer's tokens, and where its range began
let drag = null;

/** While it grows: the question as it was typed, and the tokens so far. */
export function drawGrowing({ request, texts, probabilities }) {
  drawTokens({ texts: [request.question, ...texts], parts: ["question", ...texts.map(() => "answer")],
               ids: [], nPrompt: 1, probabilities, exact: null, isGrowing: true });
}

/** Draw tokens; those that are on screen already are only marked. */
export function drawTokens(data) {
  const isOnScreen = shown && !data.isGrowing && hasSameTokens(shown, data) && stream().childElementCount;
  shown = data;
  if (!isOnScreen) {
    cursor = null;
    const made = [...parts(data)];
    const asked = made.filter((part) => !isSaid(part));
    stream().replaceChildren(said([...made.filter(isSaid), note()]), prompt(asked));
  }
  paint();
}

const hasSameTokens = (one, other) => !one.isGrowing && JSON.stringify([one.texts, one.ids, one.probabilities])
  === JSON.stringify([other.texts, other.ids, other.probabilities]);

const isSaid = (part) => part.matches(".is-answer, .is-end");

function said(parts) {
  const line = element("div", "said");
  line.append(...parts);
  return line;
}

/** What was asked, folded to one line of which the question is the part that is never cut. */
function prompt(parts) {
  const folded = element("details", "asked");
  const line = element("summary");
  line.dataset.hint = "All that the model read: the question within its chat template.";
  line.append(element("span", "part-of", "prompt"), ...parts.map((part) => {
    const texts = [...part.querySelectorAll(".token")].map((one) => one.textContent);
    return element("code", part.classList.contains("is-question") ? "is-question" : "", texts.join(""));
  }));
  folded.append(line, ...parts);
  if (stream().querySelector("details.asked[open]")) folded.setAttribute("open", "");
  return folded;
}

function* parts(data) {
  let at = 0;
  while (at < data.texts.length) {
    const part = data.parts[at];
    let end = at;
    while (end < data.texts.length && data.parts[end] === part) end += 1;
    yield partOf(data, part, at, end);
    at = end;
  }
  if (data.isGrowing) stream().dataset.growing = "true"; else delete stream().dataset.growing;
}

function partOf(data, part, from, to) {
  const box = element("div", `part is-${part}`);
  const tokens = element("div", "tokens");
  for (let at = from; at < to; at += 1) tokens.append(...token(data, at));
  box.append(element("span", "part-name", LABELS[part]), tokens);
  if (part === "answer" && !data.isGrowing) makeMarkable(tokens);
  return box;
}

function token(data, at) {
  const made = element("span", "token", data.texts[at]);
  made.title = `token ${at}${data.ids.length ? ` · id ${data.ids[at]}` : ""}`;
  if (at >= data.nPrompt) {
    const probability = data.probabilities[at - data.nPrompt];
    made.dataset.at = String(at - data.nPrompt);
    made.id = `ask-token-${at - data.nPrompt}`;
    made.style.setProperty("--doubt", (1 - probability).toFixed(3));
    made.title = `${likelihood(probability)} likely · ${made.title}`;
  }
  return data.texts[at].includes("⏎") ? [made, element("br")] : [made];
}

/** A list box whose options can be marked. @param {HTMLElement} tokens */
function makeMarkable(tokens) {
  tokens.tabIndex = 0;
  tokens.setAttribute("role", "listbox");
  tokens.setAttribute("aria-multiselectable", "true");
  tokens.setAttribute("aria-label", "Tokens of the answer; the selected ones are the exact answer");
  for (const one of tokens.querySelectorAll(".token")) one.setAttribute("role", "option");
  tokens.addEventListener("keydown", press);
  tokens.addEventListener("pointerdown", (event) => {
    const at = placeOf(event.target);
    if (at === null || event.button !== 0) return;
    drag = { from: at, to: at };
    tokens.focus({ preventScroll: true });
    event.preventDefault(); // else the text is selected
    paint();
  });
  tokens.addEventListener("blur", () => { cursor = null; paint(); });
}

export function startAnswerTokens() {
  onPage("pointermove", dragOver);
  onPage("pointercancel", () => {
    if (!drag) return;
    drag = null;
    paint();
  });
  onPage("pointerup", drop);
  onPage("pointerover", ({ target }) => {
    if (target.closest?.("#ask-stream") && !drag) sayToken(placeOf(target) ?? cursor?.to ?? null);
  });
}

function dragOver(event) {
  if (!drag) return;
  const at = placeOf(document.elementFromPoint(event.clientX, event.clientY));
  if (at === null || at === drag.to) return;
  drag.to = at;
  paint();
}

function drop() {
  if (!drag) return;
  const { from, to } = drag;
  drag = null;
  cursor = { from: to, to };
  choose(from, to);
}

/** Mark tokens; a single token that is marked already is unmarked. */
function choose(from, to) {
  const mark = [Math.min(from, to), Math.max(from, to)];
  const isMarked = from === to && shown.exact && shown.exact[0] === from && shown.exact[1] === from;
  shown = { ...shown, exact: isMarked ? null : mark };
  paint();
  emit("marked", { mark: isMarked ? [] : mark });
}

function press(event) {
  if (moveCursor(event) || chooseByKey(event)) event.preventDefault();
}

/** Arrows, Home and End; with Shift they stretch a range. */
function moveCursor({ key, shiftKey }) {
  const last = answerTokens().length - 1;
  const first = shown.exact?.[0] ?? -1;
  const at = cursor || { from: first, to: first };
  const to = { ArrowLeft: at.to - 1, ArrowRight: at.to + 1, Home: 0, End: last }[key];
  if (to === undefined) return false;
  const place = Math.min(last, Math.max(0, to));
  cursor = { from: shiftKey && at.from >= 0 ? at.from : place, to: place };
  paint();
  return true;
}

function chooseByKey({ key, ctrlKey, metaKey }) {
  const isChoice = (key === "Enter" || key === " ") && cursor && !ctrlKey && !metaKey;
  const isDeletion = key === "Delete" || key === "Backspace";
  if (isChoice) choose(cursor.from, cursor.to);
  else if (isDeletion) emit("marked", { mark: [] });
  return isChoice || isDeletion;
}

/** @returns {any[]} */
const answerTokens = () => [...stream().querySelectorAll(".part.is-answer .token")];

/** Which token of the answer an element is; null for none. */
function placeOf(target) {
  const one = target?.closest?.("#ask-stream .part.is-answer .token");
  return one ? Number(one.dataset.at) : null;
}

/** First and last token that look marked: those dragged over, else those that the keyboard has stretched over. */
function markedRange() {
  const range = drag || (cursor && cursor.from !== cursor.to ? cursor : null);
  if (!range) return shown?.exact || [1, 0];
  return [Math.min(range.from, range.to), Math.max(range.from, range.to)];
}

/** Show what is marked, what is being dragged over, and where the keyboard is. */
function paint() {
  const [from, to] = markedRange();
  for (const one of answerTokens()) paintToken(one, from, to);
  const tokens = stream().querySelector("[role=listbox]");
  if (cursor) tokens?.setAttribute("aria-activedescendant", `ask-token-${cursor.to}`);
  else tokens?.removeAttribute("aria-activedescendant");
  sayToken(cursor?.to ?? null);
}

/** @param {HTMLElement} one @param {number} from @param {number} to */
function paintToken(one, from, to) {
  const at = Number(one.dataset.at);
  const isMarked = at >= from && at <= to;
  one.classList.toggle("is-exact", isMarked);
  one.classList.toggle("is-first", isMarked && at === from);
  one.classList.toggle("is-last", isMarked && at === to);
  one.classList.toggle("is-cursor", at === cursor?.to);
  if (one.getAttribute("role")) one.setAttribute("aria-selected", String(isMarked));
}

/** One line about the token that the pointer or the keyboard is on. */
function note() {
  const line = element("p", "token-note muted");
  line.setAttribute("aria-live", "polite");
  return line;
}

function sayToken(at) {
  const line = stream().querySelector(".token-note");
  if (!line) return;
  line.textContent = at === null ? "Stronger colour: less sure. A token that is pointed at says how likely it was."
    : `${shown.texts[shown.nPrompt + at]} · ${likelihood(shown.probabilities[at])} likely after all before it · `
      + `token ${at + 1} of the answer`;
}

const likelihood = (share) => (share === undefined || share === null ? "" : percent(share));
