/* The page's keys: Control or Command with Enter runs the view, a question mark shows all keys. */

import { propsOf } from "../base/dash_internals.js";
import { onPage } from "../base/events.js";

export function startShortcuts() {
  onPage("click", ({ target }) => target.closest?.(".keys-button") && showKeys());
  onPage("keydown", (event) => {
    if (event.key === "?" && !event.target.closest("textarea, input:not([type=radio], [type=checkbox])")) showKeys();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    runWhenHeard(document.activeElement);
  });
}

const showKeys = () => /** @type {HTMLDialogElement} */ (document.getElementById("page-keys"))?.showModal();

/** Dash learns a text a moment after its last key; run at once, the view would run the text before it. */
async function runWhenHeard(box) {
  for (let looks = 0; looks < 100 && !isHeard(box); looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  /** @type {HTMLElement} */ (document.querySelector(".view:not([hidden]) .run"))?.click();
}

function isHeard({ id, value }) {
  const known = id && propsOf(id)?.value;
  return typeof known !== "string" || known === value;
}
