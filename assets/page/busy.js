/* What a wait looks like: the seconds on a busy map, and how far the loading of its model is. */

/** @import { MapState } from "../map/types.js" */
import { isDashReady, propsOf, setProps } from "../base/dash_internals.js";

const WAITING = ".card.answer.is-busy, .card.map.is-growing, .patch-setup.is-busy";
const busySince = new WeakMap();

/** Dash calls this with what the server says of a map that is being computed. */
export const sayStatus = (text) => text || "Computing activations";

/** Dash calls this with whatever runs next: a notice about the run before is old then. */
export const hideNotice = () => true;

/**
 * While a map or an answer is busy, the server is asked how its model and its computation are going. The pulse stops
 * by itself while what was asked is on its way, and starts again with it: so it is also stopped here after the last.
 */
export function startBusy() {
  let wasWaiting = false;
  setInterval(() => {
    const maps = [...document.querySelectorAll(".card.map")].filter(countSeconds);
    const isWaiting = maps.length > 0 || Boolean(document.querySelector(WAITING));
    if (!document.getElementById("page-keys") || !isDashReady()) return;
    const begins = isWaiting && !wasWaiting;
    if (begins || (!isWaiting && !propsOf("page-pulse")?.disabled)) setProps("page-pulse", { disabled: !begins });
    if (!isWaiting && propsOf("page-loading")?.children) setProps("page-loading", { children: null });
    wasWaiting = isWaiting;
  }, 200);
}

/** Whether a map is busy; from two seconds on, it says for how long. @param {HTMLElement} map
    @param {MapState} map */
function countSeconds(map) {
  const isBusy = map.classList.contains("is-busy");
  if (!isBusy) busySince.delete(map);
  else if (!busySince.has(map)) busySince.set(map, performance.now());
  const seconds = isBusy ? Math.floor((performance.now() - busySince.get(map)) / 1000) : 0;
  map.dataset.seconds = seconds >= 2 ? `${seconds} s` : "";
  return isBusy;
}
