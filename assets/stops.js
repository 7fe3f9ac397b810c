/* Few tab stops on the way to a map: a link that skips all of them, and examples that are one together. */
(function () {
  "use strict";

  const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

  document.addEventListener("focusin", ({ target }) => {
    const card = target.matches?.(".skip") && document.querySelector(".view:not([hidden]) .card.map");
    if (card) target.hash = card.id;
  });

  /* To the map, to the table that is shown instead, or to their card where neither is there yet. The link is not followed as others are: what the
     address says is the state of a view. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".skip");
    if (!link) return;
    event.preventDefault();
    const card = document.querySelector(link.hash);
    const map = card?.querySelector(".js-plotly-plot[tabindex]");
    const shown = map?.offsetParent ? map : card?.querySelector(".grid-table") || card;
    if (shown && shown !== map) shown.tabIndex = -1;
    shown?.focus();
  });

  /* Arrows move among examples. They choose none on their way, as they do in other radio groups: an example
     is run when it is chosen. */
  document.addEventListener("keydown", (event) => {
    const chips = [...(event.target.closest?.(".chips")?.querySelectorAll("input") || [])];
    const step = STEPS[event.key];
    if (!step || !chips.length) return;
    event.preventDefault();
    const next = chips[(chips.indexOf(event.target) + step + chips.length) % chips.length];
    for (const chip of chips) chip.tabIndex = chip === next ? 0 : -1;
    next.focus();
  });
})();
