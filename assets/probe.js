/* Which map the Probe view shows: the one that the address names, as in #probe/published/Math. The
   first of the shelf if it names none, and none was shown before. */
(function () {
  "use strict";

  let shown = null;
  let follower = null;

  const links = () => [...document.querySelectorAll(".shelf-map")];
  const nameOf = (hash) => decodeURIComponent(hash.split("/").slice(1).join("/"));

  document.addEventListener("layerscope:view", ({ detail }) => {
    if (detail.name !== "probe" || window.layerscope.holdsState(window.location.hash)) return;
    const name = nameOf(window.location.hash) || shown || nameOf(links()[0].hash);
    if (name !== shown) ask(name);
    shown = name;
    mark();
    follower = follower || follow(document.querySelector(".shelf"));
  });

  const ASKED_AT = [0, 4, 12, 28, 60]; // looks, two a second

  /* A view that has just been put on the page may miss what it is told at once: it is told again where nothing
     comes of it. */
  function ask(name, looks = 0) {
    if (ASKED_AT.includes(looks)) window.dash_clientside.set_props("probe-request", { data: { map: name } });
    setTimeout(() => {
      const isBusy = document.getElementById("probe-card")?.classList.contains("is-busy");
      const isDrawn = window.layerscope.mapOf("probe").meta?.request.map === name;
      if (!isDrawn && shown === name && looks < 60) ask(name, isBusy ? 1 : looks + 1);
    }, 500);
  }

  /* A figure that was drawn while its card was hidden has no size yet. */
  document.addEventListener("layerscope:drawn", ({ detail: { map } }) => {
    if (map.prefix.startsWith("probe-")) setTimeout(() => window.dispatchEvent(new Event("resize")), 100);
  });

  /* Pictures that come later, of studies that have just been finished. */
  function follow(shelf) {
    const observer = new MutationObserver(mark);
    observer.observe(shelf, { childList: true, subtree: true });
    return observer;
  }

  /* A link to a state of the view brings its map along. */
  document.addEventListener("layerscope:drawn", ({ detail: { map } }) => {
    if (map.prefix !== "probe" || map.meta.request.map === shown) return;
    shown = map.meta.request.map;
    mark();
  });

  /* Which picture on the shelf is the map on screen. */
  function mark() {
    for (const link of links()) {
      if (nameOf(link.hash) === shown) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
})();
