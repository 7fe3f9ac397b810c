/* What a wait looks like: the seconds on a busy map, and how far the loading of its model is. */

/** @import { MapState } from "../map/types.js" */
import { isDashReady, setProps } from "../base/dash_internals.js";

const busySince = new WeakMap();

/** Dash calls this with what the server says of a map that is being computed. */
export const sayStatus = (text) => text || "Computing activations";

/** Dash calls this with a new request: it takes the last error away. */
export function hideError(request) {
  if (request) setProps("page-error", { hide: true });
}

/** Dash calls this with whatever runs next: a notice about the run before is old then. */
export const hideNotice = () => true;

/** While a map is busy, the server is asked how the loading of its model is going. */
export function startBusy() {
  let isPolling = null;
  setInterval(() => {
    const waiting = [...document.querySelectorAll(".card.map")].filter(countSeconds);
    if (!document.getElementById("page-keys") || !isDashReady() || isPolling === waiting.length > 0) return;
    isPolling = waiting.length > 0;
    setProps("page-pulse", { disabled: !isPolling });
    if (!isPolling) setProps("page-loading", { children: null });
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
