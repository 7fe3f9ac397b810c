/* Menus that open below a button, such as View: closed by a click elsewhere, by Escape and by what was chosen. */

import { onPage } from "../base/events.js";

const OPEN = "details.menu[open]";

export function startMenus() {
  onPage("pointerdown", ({ target }) => {
    for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
  });
  onPage("focusin", ({ target }) => {
    for (const menu of openMenus()) if (!menu.contains(target)) menu.open = false;
  });
  onPage("keydown", ({ key, target }) => key === "Escape" && close(target.closest?.(OPEN)));
  onPage("click", ({ target }) => target.closest?.("[data-open-file]") && close(target.closest(OPEN)));
  onPage("change", ({ target }) => target.closest?.(".chips") && close(target.closest(OPEN)));
}

/** @returns {any[]} */
const openMenus = () => [...document.querySelectorAll(OPEN)];

/** The focus goes back to the button. @param {HTMLDetailsElement | null} menu */
function close(menu) {
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
}
