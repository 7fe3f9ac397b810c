/* A tour of the Explore view in four steps: offered once, and behind the question mark of the header from then on.
   Each step points at a part of the page from beside it. */

/** @typedef {{ at: string, title: string, text: string }} Step the part that it points at, and what it says */

import { element } from "../base/elements.js";
import { on, onPage } from "../base/events.js";
import { viewOf } from "./views.js";

const MEMORY = "layerscope-tour"; // in the browser's storage, once the tour was seen or declined
const AWAY = 14; // pixels from the part
const EDGE = 12; // pixels from the window's edge

/** @type {Step[]} */
const STEPS = [
  { at: "#view-explore .question .text", title: "Start with a text",
    text: "Type or paste any text and press Run, or choose an example. The model reads it once." },
  { at: "#explore-card .plot", title: "A map of what the model does",
    text: "Each column is a token, each row a layer: the text enters at the bottom, and what comes next leaves at the "
      + "top. The words in the cells are what the model would say next if it stopped there." },
  { at: "#explore-panel", title: "The map in words",
    text: "Here stands what is remarkable; click a sentence to outline its cells. Rest on a cell to read it here, and "
      + "click to keep it." },
  { at: "#explore-card .measure", title: "Another question to the same text",
    text: "Choose another measure here, from probabilities to attention. Ask, Probe and Compare, in the header, have "
      + "maps of answers, of studies and of two texts. The tour is behind the ? beside them." },
];

const remembers = () => { try { return localStorage.getItem(MEMORY); } catch { return "no storage"; } };
const remember = () => { try { localStorage.setItem(MEMORY, "seen"); } catch { /* it is offered again */ } };
const offer = () => document.querySelector(".tour-offer");

let at = 0;
/** @type {{ dialog: HTMLDialogElement, light: HTMLElement } | null} */
let shown = null;
/** @type {HTMLElement | null} */
let caller = null;

export function startTour() {
  on("drawn", ({ map }) => {
    if (map.prefix === "explore" && !remembers()) offer()?.removeAttribute("hidden");
  });
  onPage("click", ({ target }) => {
    const asked = target.closest?.("[data-tour]")?.dataset.tour;
    if (asked === "begin") begin(target);
    if (asked === "decline") withdraw();
    if (asked === "on") go(at + 1);
    if (asked === "back") go(at - 1);
    if (asked === "end") shown.dialog.close();
  });
  window.addEventListener("resize", () => shown && putBeside());
}

function withdraw() {
  remember();
  offer()?.setAttribute("hidden", "");
}

/** From any view: the tour is of Explore. @param {HTMLElement} from */
async function begin(from) {
  withdraw();
  const keys = from.closest("dialog");
  keys?.close();
  caller = keys ? document.querySelector(".keys-button") : document.querySelector("#explore-card [role=application]");
  if (viewOf(window.location.hash) !== "explore") window.location.hash = "explore";
  while (!document.querySelector(STEPS[1].at)?.checkVisibility()) await new Promise((look) => setTimeout(look, 50));
  const dialog = document.body.appendChild(element("dialog", "tour"));
  const light = document.body.appendChild(element("div", "tour-light"));
  shown = { dialog: /** @type {HTMLDialogElement} */ (dialog), light };
  dialog.addEventListener("close", end);
  go(0);
}

function end() {
  shown.dialog.remove();
  shown.light.remove();
  shown = null;
  caller?.focus({ preventScroll: true });
}

/** @param {number} step */
function go(step) {
  if (step === STEPS.length) return shown.dialog.close();
  at = step;
  const { title, text } = STEPS[at];
  const heading = Object.assign(element("h2", "", title), { id: "tour-title", tabIndex: -1 });
  const words = Object.assign(element("p", "", text), { id: "tour-text" });
  const foot = element("div", "tour-foot");
  foot.append(element("span", "muted", `${at + 1} of ${STEPS.length}`), ...buttons());
  shown.dialog.replaceChildren(heading, words, foot);
  shown.dialog.setAttribute("aria-labelledby", "tour-title");
  shown.dialog.setAttribute("aria-describedby", "tour-text");
  if (!shown.dialog.open) shown.dialog.showModal();
  bringPart(document.querySelector(STEPS[at].at));
  putBeside();
  /** @type {HTMLElement} */ (foot.querySelector("[data-tour=on]")).focus({ preventScroll: true });
}

function buttons() {
  const isLast = at === STEPS.length - 1;
  const made = [["end", "Leave"], ["back", "Back"], ["on", isLast ? "Done" : "Next"]];
  return made.filter(([what]) => !(what === "back" && at === 0) && !(what === "end" && isLast)).map(([what, label]) => {
    const button = element("button", what === "on" ? "plain is-first" : "plain", label);
    button.dataset.tour = what;
    return button;
  });
}

/** Into the window; the top of it where it is so high that only the top can be pointed at. @param {Element} part */
function bringPart(part) {
  const isHigh = part.getBoundingClientRect().height > window.innerHeight - shown.dialog.offsetHeight;
  part.scrollIntoView({ block: isHigh ? "start" : "nearest" });
}

/** The place of the part that the step points at, as far as it is in the window. */
function partInWindow() {
  const { left, top, right, bottom } = document.querySelector(STEPS[at].at).getBoundingClientRect();
  return { left: Math.max(left, 0), top: Math.max(top, 0),
           right: Math.min(right, window.innerWidth), bottom: Math.min(bottom, window.innerHeight) };
}

/** Beside the part, where there is room, and never over it: else it points at the top of the part, from below. */
function putBeside() {
  const part = partInWindow();
  const { dialog, light } = shown;
  const { offsetWidth: width, offsetHeight: height } = dialog;
  const [wide, high] = [window.innerWidth, window.innerHeight];
  const across = Math.max(EDGE, Math.min(part.left, wide - width - EDGE));
  const down = Math.max(EDGE, Math.min(part.top, high - height - EDGE));
  const places = [
    { left: part.right + AWAY, top: down }, { left: part.left - AWAY - width, top: down },
    { left: across, top: part.bottom + AWAY }, { left: across, top: part.top - AWAY - height }];
  const fits = (place) => place.left >= EDGE && place.top >= EDGE
    && place.left + width <= wide - EDGE && place.top + height <= high - EDGE;
  const place = places.find(fits) || { left: across, top: high - height - EDGE };
  if (!places.some(fits)) part.bottom = place.top - AWAY;
  Object.assign(dialog.style, { left: `${place.left}px`, top: `${place.top}px` });
  Object.assign(light.style, { left: `${part.left - 4}px`, top: `${part.top - 4}px`,
    width: `${part.right - part.left + 8}px`, height: `${part.bottom - part.top + 8}px` });
}
