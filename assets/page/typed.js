/* Dash learns a text a moment after its last key. A button that is pressed within that moment would do what the text
   before asked for, so Dash is told as soon as a box is left. */

import { propsOf, setProps } from "../base/dash_internals.js";
import { onPage } from "../base/events.js";

export function startTyped() {
  onPage("focusout", ({ target }) => tell(target));
}

/** Tell Dash what stands in a box. In a list to choose from, what stands there is a label, and no value.
 * @param {Element} box
 */
export function tell(box) {
  const { id, tagName, value } = /** @type {HTMLInputElement} */ (box);
  const known = id && propsOf(id);
  const isText = tagName === "TEXTAREA" || known?.debounce;
  if (isText && typeof known?.value === "string" && known.value !== value) setProps(id, { value });
}
