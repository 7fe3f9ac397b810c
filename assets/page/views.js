/* Which view is on screen: the one that the address's fragment names, as in #explore. The rest of the fragment,
   after a slash, belongs to the view. A view is put on the page when it is first seen, and keeps all it holds when
   another is seen. */

import { isDashReady, noUpdate, setProps } from "../base/dash_internals.js";
import { emit } from "../base/events.js";

const LOOK = 20; // milliseconds
const TELL_AGAIN = 1000;
const wanted = new Set();
let shown = null;

/** @returns {any[]} */
const tabs = () => [...document.querySelectorAll(".tabs .tab")];
export const viewOf = (hash) => hash.slice(1).split("/")[0];
const isOnPage = (name) => document.getElementById(`view-${name}`).childElementCount > 0;

function follow() {
  const names = tabs().map((tab) => viewOf(tab.hash));
  if (!names.length) return;
  const asked = viewOf(window.location.hash);
  shown = names.includes(asked) ? asked : names[0];
  for (const tab of tabs()) {
    if (viewOf(tab.hash) === shown) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
  hideOthers();
  // Figures that were drawn while their view was away have no size yet.
  setTimeout(() => window.dispatchEvent(new Event("resize")), 50);
  showView(shown);
}

/** Tell other scripts that a view is on screen, once it is on the page. */
export const showView = (name) => entered(name).then(() => emit("view", { name }));

function hideOthers() {
  for (const name of tabs().map((tab) => viewOf(tab.hash))) {
    setProps(`view-${name}`, { hidden: name !== shown });
  }
}

/** Put a view on the page unless it is there; resolves once its parts can be set. Dash misses what it is told while
    it still reads the page, so it is told again until the view is there. */
export async function entered(name) {
  wanted.add(name);
  for (let waited = 0; !isOnPage(name); waited += LOOK) {
    if (waited % TELL_AGAIN === 0) {
      hideOthers();
      setProps("page-entered", { data: [...wanted] });
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK));
  }
}

/** Dash calls this with the names of the views that are wanted, and the layouts of all. */
export function enterViews(names, layouts) {
  return Object.entries(layouts).map(([name, layout]) =>
    (names.includes(name) && !isOnPage(name) ? layout : noUpdate()));
}

/** Once Dash has drawn the page. */
export function startViews() {
  if (!tabs().length || !isDashReady()) return setTimeout(startViews, 50);
  window.addEventListener("hashchange", follow);
  follow();
}
