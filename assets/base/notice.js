/* The notice about what was done last: that it did not work, and why. */

import { setProps } from "./dash_internals.js";

const NOTICE = "page-error";

/** @param {string} sentence */
export const complain = (sentence) =>
  setProps(NOTICE, { children: sentence, title: "That did not work", hide: false });

export const clearError = () => setProps(NOTICE, { hide: true });

/** Dash calls this with whatever is begun: what was said of the last try is old then. */
export function beginAfresh() {
  clearError();
}

/** Dash calls this with a new request: it takes the last error away. */
export function hideError(request) {
  if (request) clearError();
}
