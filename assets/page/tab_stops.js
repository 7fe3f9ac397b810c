/* Few tab stops on the way to a map: a link that skips all of them, and examples that are one together. */

import { onPage } from "../base/events.js";

const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

export function startTabStops() {
  onPage("focusin", ({ target }) => {
    const card = target.matches?.(".skip") && document.querySelector(".view:not([hidden]) .card.map");
    if (card) target.hash = card.id;
  });
  onPage("click", skip);
  onPage("keydown", moveAmongExamples);
}

/** To the map, to the table that is shown instead, or to their card where neither is there yet. The link is not
    followed as others are: the address holds the state of a view. */
function skip(event) {
  const link = event.target.closest?.(".skip");
  if (!link) return;
  event.preventDefault();
  const card = document.querySelector(link.hash);
  const map = card?.querySelector("[role=application]");
  const shown = map?.offsetParent ? map : card?.querySelector(".grid-table") || card;
  if (shown && shown !== map) shown.tabIndex = -1;
  shown?.focus();
}

/** Arrows move the focus among examples without choosing one, unlike in other radio groups: an example is run when
    it is chosen. */
function moveAmongExamples(event) {
  const chips = [...(event.target.closest?.(".chips")?.querySelectorAll("input") || [])];
  const step = STEPS[event.key];
  if (!step || !chips.length) return;
  event.preventDefault();
  const next = chips[(chips.indexOf(event.target) + step + chips.length) % chips.length];
  for (const chip of chips) chip.tabIndex = chip === next ? 0 : -1;
  next.focus();
}
