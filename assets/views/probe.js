/* Which map the Probe view shows: the one that the address names, as in #probe/published/Math. If it names none, the
   one that was shown before, or the first of the gallery. The gallery folds once somebody has chosen a map. */

import { setProps } from "../base/dash_internals.js";
import { on, onPage } from "../base/events.js";
import { holdsState } from "../links/address.js";
import { mapOf } from "../map/state.js";

const ASKED_AT = [0, 4, 12, 28, 60]; // looks, two a second

let shown = null;
let galleryObserver = null;

/** @returns {any[]} */
const links = () => [...document.querySelectorAll(".shelf-map")];
const nameOf = (hash) => decodeURIComponent(hash.split("/").slice(1).join("/"));

export function startProbe() {
  on("view", follow);
  on("server-back", () => document.getElementById("view-probe")?.checkVisibility() && shown && ask(shown));
  onPage("click", ({ target }) => target.closest?.(".shelf-map") && fold());
  on("drawn", ({ map, changed }) => {
    if (map.prefix.startsWith("probe-")) resizeSoon();
    // A link's map. One that is merely drawn again, as for another window, is not chosen by that.
    if (map.prefix === "probe" && changed) show(map.meta.request.map);
  });
}

function follow({ name: view }) {
  if (view !== "probe") return;
  if (nameOf(window.location.hash)) fold();
  if (holdsState(window.location.hash)) return show(mapOf("probe").meta?.request.map || null); // and then the link's
  const name = nameOf(window.location.hash) || shown || nameOf(links()[0].hash);
  if (name !== shown) ask(name);
  show(name);
  galleryObserver = galleryObserver || observe(document.querySelector(".shelf"));
}

/** A view that has just been put on the page may miss what it is told at once: it is told again if no map comes. */
function ask(name, looks = 0) {
  if (ASKED_AT.includes(looks)) setProps("probe-request", { data: { map: name } });
  setTimeout(() => {
    const isBusy = document.getElementById("probe-card")?.classList.contains("is-busy");
    const isDrawn = mapOf("probe").meta?.request.map === name;
    if (!isDrawn && shown === name && looks < 60) ask(name, isBusy ? 1 : looks + 1);
  }, 500);
}

/** A figure that was drawn while its card was hidden has no size yet. */
const resizeSoon = () => setTimeout(() => window.dispatchEvent(new Event("resize")), 100);

/** Pictures that come later, of studies that have just been finished. */
function observe(gallery) {
  const observer = new MutationObserver(mark);
  observer.observe(gallery, { childList: true, subtree: true });
  return observer;
}

/** The focus stays where the map was chosen. */
function fold() {
  const gallery = /** @type {HTMLDetailsElement | null} */ (document.getElementById("study-maps"));
  if (!gallery?.open) return;
  const hasFocus = gallery.contains(document.activeElement);
  gallery.open = false;
  if (hasFocus) gallery.querySelector("summary").focus({ preventScroll: true });
}

function show(name) {
  shown = name;
  mark();
}

/** Mark the picture in the gallery whose map is on screen. */
function mark() {
  for (const link of links()) {
    if (nameOf(link.hash) === shown) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}
