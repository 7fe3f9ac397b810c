/* Which tokens of an answer are marked as the exact answer: chosen by hand, found by the rule, or brought along
   with a question that was asked before. */

import { setProps, triggerId } from "../base/dash_internals.js";

/**
 * `current` is the answer on screen or growing; `expected` is the mark that a question brought, for the answer that
 * will come.
 * @type {{ current: any, expected: { question: string, mark: any } | null }}
 */
export const answers = { current: null, expected: null };

/** Tell the server the first and last marked token; an empty list for none, null for those that the rule finds. */
export function sendMark(mark) {
  const { current } = answers;
  if (current && !current.isRunning) setProps("ask-mark", { data: { of: current.answer, mark } });
}

/** Dash calls this when a mark is taken away: back to the answer that the rule finds, or none at all. */
export function unmark() {
  sendMark(triggerId() === "ask-again" ? null : []);
}

/** Once an answer is read: set the mark that came with its question, if it is that answer and marked otherwise. */
export function restoreMark({ ids, nPrompt, exact }) {
  const { current } = answers;
  const mark = current?.mark;
  if (!mark || current.isRunning || String(ids.slice(nPrompt)) !== String(current.ids)) return;
  current.mark = null;
  const isThatAnswer = mark.tokens === null || mark.tokens === ids.length;
  if (isThatAnswer && String(mark.exact) !== String(exact || [])) sendMark(mark.exact);
}
