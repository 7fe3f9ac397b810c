/* Hints: what a control does, in a box beside it, once the pointer rests on it or the keyboard comes to it. The texts
   are the page's (dashboard/page/hints.py). */

import { element } from "../base/elements.js";
import { onPage } from "../base/events.js";
import { scaleOf } from "../base/plotly_internals.js";

const REST = 450; // milliseconds of a pointer that rests
const AWAY = 6; // pixels from the control
const BOX = "hint-box";

/** @type {HTMLElement | null} */
let box = null;
/** @type {Element | null} the part that has the hint which is shown, or about to be */
let shownFor = null;
/** @type {Element | null} what the hint describes to screen readers */
let described = null;
let timer = null;
let isByKey = false;

export function startHints() {
  onPage("pointerover", ({ target, pointerType }) => pointerType === "mouse" && rest(hinted(target)));
  onPage("keydown", ({ key }) => {
    isByKey = key === "Tab" || (isByKey && key.startsWith("Arrow"));
    if (!isByKey) hide();
  }, true);
  onPage("pointerdown", () => {
    isByKey = false;
    hide();
  }, true);
  onPage("focusin", ({ target }) => isByKey && show(hinted(target), target));
  onPage("focusout", hide);
  onPage("scroll", hide, true);
}

const hinted = (target) => target.closest?.("[data-hint]") || null;

/** @param {Element | null} part */
function rest(part) {
  if (part === shownFor) return;
  hide();
  shownFor = part;
  if (part) timer = setTimeout(() => show(part, null), REST);
}

/** @param {Element | null} part @param {Element | null} focused */
function show(part, focused) {
  hide();
  if (!part) return;
  shownFor = part;
  box = box || document.body.appendChild(Object.assign(element("div", BOX), { id: BOX, role: "tooltip" }));
  box.textContent = part.getAttribute("data-hint");
  box.classList.add("is-shown");
  putBeside(part);
  described = focused;
  described?.setAttribute("aria-describedby", BOX);
}

function hide() {
  clearTimeout(timer);
  box?.classList.remove("is-shown");
  described?.removeAttribute("aria-describedby");
  shownFor = described = null;
}

/** Below the control, or above it where the window ends: never over it. @param {Element} part */
function putBeside(part) {
  const { left, top, bottom } = part.getBoundingClientRect();
  const zoom = scaleOf(box);
  const [width, height] = [box.offsetWidth * zoom, box.offsetHeight * zoom];
  const x = Math.max(8, Math.min(left, window.innerWidth - width - 8));
  const y = bottom + AWAY + height < window.innerHeight ? bottom + AWAY : top - AWAY - height;
  box.style.transform = `translate(${Math.round(x / zoom)}px, ${Math.round(y / zoom)}px)`;
}
