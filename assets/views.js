/* Which view is on screen: the one that the address's fragment names, as in #explore. What follows a
   slash in the fragment belongs to the view. A view that is not on screen keeps all it holds. */
(function () {
  "use strict";

  const tabs = () => [...document.querySelectorAll(".tabs .tab")];
  const nameOf = (hash) => hash.slice(1).split("/")[0];

  function follow() {
    const names = tabs().map((tab) => nameOf(tab.hash));
    if (!names.length) return;
    const asked = nameOf(window.location.hash);
    const shown = names.includes(asked) ? asked : names[0];
    for (const tab of tabs()) {
      const here = nameOf(tab.hash) === shown;
      if (here) tab.setAttribute("aria-current", "page"); else tab.removeAttribute("aria-current");
    }
    for (const name of names) window.dash_clientside.set_props(`view-${name}`, { hidden: name !== shown });
    // Figures that were drawn while their view was away have no size yet.
    setTimeout(() => window.dispatchEvent(new Event("resize")), 50);
    document.dispatchEvent(new CustomEvent("layerscope:view", { detail: { name: shown } }));
  }

  /* Once, when Dash has drawn the page. */
  function begin() {
    if (!tabs().length || !window.dash_clientside?.set_props) return setTimeout(begin, 50);
    follow();
  }

  window.addEventListener("hashchange", follow);
  begin();
})();
