/* The page around the map: examples, the Run shortcut, and what a wait looks like. */
(function () {
  "use strict";

  const set = (id, props) => window.dash_clientside.set_props(id, props);

  function chooseExample(text) {
    const { no_update } = window.dash_clientside;
    if (!text) return [no_update, no_update];
    set("explore-example", { value: null }); // so that the same example can be chosen again
    return [text, { text, at: Date.now() }];
  }

  /* Only an intensity is found over a range of cells; the other scales draw the numbers themselves. */
  const needsRange = (scale) => !scale.startsWith("Intensity");

  const hideError = () => true;

  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && !event.target.closest("textarea, input:not([type=radio], [type=checkbox])")) {
      document.getElementById("page-keys")?.showModal();
    }
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    document.getElementById("explore-run")?.click();
  });

  /* While the map is busy: ask how the model is coming along, and count the seconds. */
  let since = null;
  setInterval(() => {
    const map = document.getElementById("explore-map");
    if (!map) return;
    const busy = map.classList.contains("is-busy");
    if (busy && since === null) since = performance.now();
    if (!busy) since = null;
    const seconds = since === null ? 0 : Math.floor((performance.now() - since) / 1000);
    map.dataset.seconds = seconds >= 2 ? `${seconds} s` : "";
    if (busy !== (map.dataset.polling === "true")) {
      map.dataset.polling = String(busy);
      set("page-pulse", { disabled: !busy });
    }
  }, 200);

  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, {
    chooseExample, hideError, needsRange });

  /* Dash says nothing when its server is gone. */
  const ask = window.fetch;
  window.fetch = (...request) => ask(...request).catch((error) => {
    if (String(request[0]?.url || request[0]).includes("_dash-update-component")) {
      set("page-error", {
        children: "The server does not answer. Your text is kept; press Run to try again.", hide: false });
    }
    throw error;
  });
})();
