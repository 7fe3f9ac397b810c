/* Which view is on screen: the one that the address's fragment names, as in #explore. What follows a
   slash in the fragment belongs to the view. A view is put on the page when it is first seen, and keeps
   all it holds when another is seen. */
(function () {
  "use strict";

  const tabs = () => [...document.querySelectorAll(".tabs .tab")];
  const nameOf = (hash) => hash.slice(1).split("/")[0];
  const part = (name) => document.getElementById(`view-${name}`);
  const isThere = (name) => part(name).childElementCount > 0;
  const LOOK = 20; // milliseconds
  const TELL_AGAIN = 1000;
  const wanted = new Set();
  let shown = null;

  function follow() {
    const names = tabs().map((tab) => nameOf(tab.hash));
    if (!names.length) return;
    const asked = nameOf(window.location.hash);
    shown = names.includes(asked) ? asked : names[0];
    for (const tab of tabs()) {
      const here = nameOf(tab.hash) === shown;
      if (here) tab.setAttribute("aria-current", "page"); else tab.removeAttribute("aria-current");
    }
    hideOthers();
    // Figures that were drawn while their view was away have no size yet.
    setTimeout(() => window.dispatchEvent(new Event("resize")), 50);
    show(shown);
  }

  /* Tell that a view is seen, once it is there. */
  const show = (name) => entered(name).then(() =>
    document.dispatchEvent(new CustomEvent("layerscope:view", { detail: { name } })));

  function hideOthers() {
    for (const name of tabs().map((tab) => nameOf(tab.hash))) {
      window.dash_clientside.set_props(`view-${name}`, { hidden: name !== shown });
    }
  }

  /* Put a view on the page unless it is there; kept once its parts can be set. What Dash is told while it
     still reads the page it does not hear, so it is told again until the view is there. */
  async function entered(name) {
    wanted.add(name);
    for (let waited = 0; !isThere(name); waited += LOOK) {
      if (waited % TELL_AGAIN === 0) {
        hideOthers();
        window.dash_clientside.set_props("page-entered", { data: [...wanted] });
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
  }

  /* Dash calls this with the names of the views that are wanted, and the layouts of all. */
  function enterViews(names, layouts) {
    return Object.entries(layouts).map(([name, layout]) => {
      const isToCome = names.includes(name) && !isThere(name);
      return isToCome ? layout : window.dash_clientside.no_update;
    });
  }

  /* Once, when Dash has drawn the page. */
  function begin() {
    if (!tabs().length || !window.dash_clientside?.set_props) return setTimeout(begin, 50);
    follow();
  }

  window.addEventListener("hashchange", follow);
  begin();

  window.layerscope = Object.assign(window.layerscope || {}, { entered, showView: show });
  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, { enterViews });
})();
