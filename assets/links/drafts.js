/* Texts that were typed and not run, for every step of the history: Back and Forward bring them back, and so does a
   reload. They stay in this tab and are in no link: a link is of what is on screen. */

const STORE = "layerscope-drafts";
const MOST_STEPS = 60;

/** By the name of a step: what was typed there, by the name of its part. @type {Map<string, Record<string, any>>} */
let drafts = null;

function read() {
  try {
    return JSON.parse(window.sessionStorage.getItem(STORE)) || [];
  } catch {
    return []; // the browser stores nothing, or something else
  }
}

function kept() {
  drafts = drafts || new Map(read());
  return drafts;
}

const step = () => window.history.state?.step;

/** The state of a new step of the history, which names the step. */
export const nextStep = () => ({ step: Math.random().toString(36).slice(2) });

/** The boxes whose text is not what the map on screen is of: texts by the names of their parts. */
export function typedTexts(boxes) {
  const unknown = boxes.filter(({ value, known }) => value != null && !known.includes(value));
  return Object.fromEntries(unknown.map(({ name, value }) => [name, value]));
}

/** Keep what was typed at this step of the history, or that nothing was. */
export function keepDraft(typed) {
  if (!step()) window.history.replaceState({ ...window.history.state, ...nextStep() }, "", window.location.href);
  kept().delete(step());
  if (Object.keys(typed).length) kept().set(step(), typed);
  while (kept().size > MOST_STEPS) kept().delete(kept().keys().next().value);
  try {
    window.sessionStorage.setItem(STORE, JSON.stringify([...kept()]));
  } catch {
    window.sessionStorage.removeItem(STORE); // too much to keep over a reload
  }
}

export const draft = () => kept().get(step()) || {};
