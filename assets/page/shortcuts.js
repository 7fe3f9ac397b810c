/* The page's keys: Control or Command with Enter runs the view, a question mark shows all keys. */

import { onPage } from "../base/events.js";
import { tell } from "./typed.js";

export function startShortcuts() {
  onPage("click", ({ target }) => target.closest?.(".keys-button") && showKeys());
  onPage("keydown", (event) => {
    if (event.key === "?" && !event.target.closest("textarea, input:not([type=radio], [type=checkbox])")) showKeys();
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    run();
  });
}

const showKeys = () => /** @type {HTMLDialogElement} */ (document.getElementById("page-keys"))?.showModal();

function run() {
  tell(document.activeElement); // which is not left by a key
  /** @type {HTMLElement} */ (document.querySelector(".view:not([hidden]) .run"))?.click();
}
