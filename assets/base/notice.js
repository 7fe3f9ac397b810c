/* The notice about what was done last: that it did not work, and why. It goes when something else is begun. */

import { propsOf, setProps } from "./dash_internals.js";
import { onPage } from "./events.js";

const NOTICE = "page-error";
const BEGINS = ".run, [role=option], .chips label"; // a click on one of these asks for something else

let isHeld = false;

/** @param {string} sentence */
export const complain = (sentence) =>
  setProps(NOTICE, { children: sentence, title: "That did not work", hide: false });

export const clearError = () => setProps(NOTICE, { hide: true });

/** Complain of what lasts, whatever is begun meanwhile. @param {string} sentence */
export function hold(sentence) {
  isHeld = true;
  complain(sentence);
}

/** It is over. */
export function release() {
  isHeld = false;
  clearError();
}

/** Dash calls this with a new request: it takes the last error away. */
export function hideError(request) {
  if (request && !isHeld) clearError();
}

/** Before Dash hears of the click: the answer to it may come at once, and may be an error. */
export function startNotice() {
  onPage("click", ({ target }) => {
    if (!isHeld && target.closest?.(BEGINS) && propsOf(NOTICE)?.hide === false) clearError();
  }, true);
}
