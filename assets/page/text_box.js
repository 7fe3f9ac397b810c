/* The text of a view takes one line. It opens over what is below it where it is typed, and folds again once it has
   been run or left: nothing on the page moves. */

import { onPage } from "../base/events.js";

/** @returns {HTMLTextAreaElement | null} */
const boxOf = (target) => target?.matches?.(".question .text textarea") ? target : null;

export function startTextBox() {
  for (const what of ["focusin", "pointerdown", "input"]) onPage(what, ({ target }) => open(boxOf(target)));
  onPage("focusout", ({ target }) => fold(boxOf(target)));
  onPage("click", ({ target }) => { // also by Control and Enter, see shortcuts.js
    const card = target.closest?.(".run")?.closest(".question");
    if (card) fold(card.querySelector(".text textarea"));
  });
}

const open = (box) => box?.closest(".question").setAttribute("data-open", "");

function fold(box) {
  if (!box) return;
  box.closest(".question").removeAttribute("data-open");
  Object.assign(box, { scrollTop: 0, scrollLeft: 0 });
}
