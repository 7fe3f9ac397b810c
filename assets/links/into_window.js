/* What was chosen comes into the window: a map that is asked for in Ask, Patch, Probe or Compare, once it is drawn. */

import { on, onPage } from "../base/events.js";
import { holdsState } from "./address.js";
import { viewOf } from "../page/views.js";

const MARGIN = 8; // pixels
/** The map that tells when, by its view, and the selector of what is to be seen whole, if there is room. */
const CHOSEN = {
  ask: { prefix: "ask", first: "#ask-answer", last: "#ask-card" },
  probe: { prefix: "probe", first: "#probe-card", last: "#probe-card" },
  patch: { prefix: "patch", first: "#patch-card", last: "#patch-card" },
  compare: { prefix: "left", first: "#left-card", last: "#left-card" },
};

/** Prefixes of maps that are on their way because somebody chose them. */
const wanted = new Set();

export function startIntoWindow() {
  onPage("keydown", ({ key, ctrlKey, metaKey }) => {
    if (key === "Enter" && (ctrlKey || metaKey)) want(document.querySelector(".view:not([hidden])"));
  });
  onPage("change", ({ target }) => target.closest?.(".chips") && want(target.closest(".view")));
  onPage("click", ({ target, isTrusted }) => {
    if (isTrusted && target.closest?.(".run")) want(target.closest(".view")); // a view may begin by itself
    if (target.closest?.(".shelf-map[aria-current]")) bring("probe"); // it is there already
  });
  window.addEventListener("hashchange", wantLinked);
  wantLinked();
  on("drawn", ({ map }) => {
    for (const view of wanted) if (CHOSEN[view].prefix === map.prefix) arrive(view);
  });
}

/** @param {Element | null} view */
function want(view) {
  const name = view?.id.slice("view-".length);
  if (name in CHOSEN) wanted.add(name);
}

/** A link to a map, such as #probe/published/Math, leads to the map. */
function wantLinked() {
  const { hash } = window.location;
  const view = viewOf(hash);
  if (view === "probe" ? hash.includes("/") : view in CHOSEN && holdsState(hash)) wanted.add(view);
}

/** Dash has yet to put the figure on the page. */
function arrive(view) {
  wanted.delete(view);
  setTimeout(() => requestAnimationFrame(() => bring(view)), 50);
}

/** As little as is needed: the last line into the window, but never the first line out of it. */
function bring(view) {
  const [first, last] = [CHOSEN[view].first, CHOSEN[view].last].map((part) => document.querySelector(part));
  if (!last?.checkVisibility()) return; // another view is on screen by now
  const { top } = first.getBoundingClientRect();
  const { bottom } = last.getBoundingClientRect();
  const down = bottom + MARGIN - window.innerHeight;
  window.scrollBy({ top: Math.min(top - MARGIN, Math.max(down, Math.min(0, top - MARGIN))) });
}
