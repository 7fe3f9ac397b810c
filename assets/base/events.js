/* Events of the page, by which a script hears of what another one did without importing it.

   view {name}: a view is on screen
   renewed {map}: another text is about to be drawn
   drawn {map, changed, restored}: Plotly has been given a figure
   plotted {map}: Plotly has drawn it, or drawn it again
   predicted {map}: the predictions of its cells have come
   ready {map, element}: the figure's element can be listened to
   server-back {}: the server answers again after it did not
   hover, pressed {map, cell}; opened {map, cell}; pins {map, cells}; zoom, restored {map, x, y} */

/**
 * @param {string} what
 * @param {Record<string, any>} detail
 */
export const emit = (what, detail) => document.dispatchEvent(new CustomEvent(`layerscope:${what}`, { detail }));

/**
 * @param {string} what
 * @param {(detail: any) => void} act
 */
export const on = (what, act) => document.addEventListener(`layerscope:${what}`,
  (/** @type {CustomEvent} */ event) => act(event.detail));

/**
 * Listen to one of the browser's own events, wherever on the page it happens.
 * @param {string} type
 * @param {(event: any) => void} act
 * @param {boolean} [isFirst] before any element hears of it
 */
export const onPage = (type, act, isFirst = false) => document.addEventListener(type, act, isFirst);
