/* The page around the map: examples, the Run shortcut, and what a wait looks like. */
(function () {
  "use strict";

  const set = (id, props) => window.dash_clientside.set_props(id, props);

  function chooseExample(text) {
    const { no_update } = window.dash_clientside;
    if (!text) return [no_update, no_update];
    const { id } = window.dash_clientside.callback_context.inputs_list[0];
    set(id, { value: null }); // so that the same example can be chosen again
    return [text, { text, at: Date.now() }];
  }

  const SCORE = "probe score";

  /* Only an intensity is found over a range of cells; the other scales draw the numbers themselves. A probe
     score has one scale, on which a colour means the same number on every map. */
  const needsRange = (scale, measure) => [measure === SCORE, measure === SCORE || !scale.startsWith("Intensity")];

  /* What a value is to become; where it is that already, nothing need be drawn anew. */
  const changed = (value, before) => (value === before ? window.dash_clientside.no_update : value);

  /* The studies that can score this map; the one that was chosen stays, if it is among them. Whose probe is
     a question only where columns have none of their own. */
  function offerStudies(measure, offers, chosen) {
    const { no_update } = window.dash_clientside;
    if (!offers) return Array(4).fill(no_update); // a link's study waits for its map
    const { studies, named } = offers;
    if (measure !== SCORE) return [studies, no_update, true, true];
    const here = studies.map((study) => study.value);
    return [studies, changed(here.includes(chosen) ? chosen : here[0] || null, chosen), false, named];
  }

  /* The sites of a measure, or of a study; the one that was chosen stays, if it is among them. */
  function offerSites(measure, offers, study, chosen) {
    if (!offers) return Array(3).fill(window.dash_clientside.no_update); // a link's site waits for its map
    const sites = offers.sites[measure === SCORE ? study : measure] || [];
    const here = sites.filter((site) => !site.disabled).map((site) => site.value);
    const site = here.includes(chosen) ? chosen : here[0] || null;
    return [sites, changed(site, chosen), sites.length < 2]; // one that is not to be had says why
  }

  /* A name in a list of choices, with what it is, or why it cannot be had, one hover away. */
  window.dashMantineFunctions = Object.assign(window.dashMantineFunctions || {}, {
    hintedOption: ({ option }) => window.React.createElement("span", { title: option.hint }, option.label) });

  /* A request that works is an error's end. */
  function hideError(request) {
    if (request) set("page-error", { hide: true });
  }

  const useModel = (_, name) => name || window.dash_clientside.no_update;

  const tellStatus = (text) => text || "Computing activations";

  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && !event.target.closest("textarea, input:not([type=radio], [type=checkbox])")) {
      document.getElementById("page-keys")?.showModal();
    }
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    runWhenHeard(document.activeElement);
  });

  /* Dash hears of a text a moment after its last key; run at once, the view would run the text before it. */
  async function runWhenHeard(box) {
    for (let looks = 0; looks < 100 && !isHeard(box); looks += 1) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    document.querySelector(".view:not([hidden]) .run")?.click();
  }

  function isHeard({ id, value }) {
    const known = id && window.dash_component_api.getLayout(id)?.props.value;
    return typeof known !== "string" || known === value;
  }

  /* While a map is busy: ask how the model is coming along, and count the seconds. */
  const since = new WeakMap();
  let polling = null;
  setInterval(() => {
    const waiting = [...document.querySelectorAll(".card.map")].filter(isWaiting);
    if (!document.getElementById("page-keys") || polling === waiting.length > 0) return;
    polling = waiting.length > 0;
    set("page-pulse", { disabled: !polling });
    if (!polling) set("page-loading", { children: null });
  }, 200);

  function isWaiting(map) {
    const busy = map.classList.contains("is-busy");
    if (!busy) since.delete(map);
    else if (!since.has(map)) since.set(map, performance.now());
    const seconds = busy ? Math.floor((performance.now() - since.get(map)) / 1000) : 0;
    map.dataset.seconds = seconds >= 2 ? `${seconds} s` : "";
    return busy;
  }

  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, {
    chooseExample, hideError, needsRange, offerSites, offerStudies, tellStatus, useModel });

  /* Dash says nothing when its server is gone, or refuses. */
  const ask = window.fetch;
  const tell = (sentence) => set("page-error", { children: sentence, hide: false });
  const isDashs = (request) => String(request?.url || request).includes("_dash-update-component");
  /* Every request says which page it is for: what a closed page waited for is dropped. */
  const page = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16)).join("");
  const named = (options = {}) => {
    const headers = new Headers(options.headers || {});
    headers.set("X-Layerscope-Page", page);
    return { ...options, headers };
  };
  const ours = (request) => typeof request === "string" && !/^[a-z]+:\/\//i.test(request.replace(location.origin, ""));
  window.fetch = async (request, options) => {
    const sent = ours(request) ? [request, named(options)] : [request, options];
    if (!isDashs(request)) return ask(...sent);
    try {
      const response = await ask(...sent);
      if (response.status >= 400) response.clone().json().then(({ error }) => error && tell(error), () => {});
      return response;
    } catch (error) {
      if (error.name !== "AbortError") waitForServer();
      throw error;
    }
  };
  const prefix = () => JSON.parse(document.getElementById("_dash-config").textContent).requests_pathname_prefix;
  /* For other scripts: the address of one of this project's own routes. */
  const addressOf = (path) => `${prefix()}_layerscope/${path}`;
  window.layerscope = Object.assign(window.layerscope || {}, { addressOf });
  window.addEventListener("pagehide", () => {
    const body = new Blob([JSON.stringify({ page })], { type: "application/json" });
    navigator.sendBeacon(addressOf("leave"), body);
  });

  /* A server that is gone comes back, as a rule: then the page asks again by itself. */
  let gone = false;
  async function waitForServer() {
    if (gone) return;
    gone = true;
    tell("The server does not answer. Your text is kept, and the page tries again by itself.");
    do await new Promise((resolve) => setTimeout(resolve, 1000));
    while (!(await ask(`${prefix()}health`).then((answer) => answer.ok, () => false)));
    gone = false;
    set("page-error", { hide: true });
    const run = document.querySelector(".view:not([hidden]) .run");
    // Not by a click: the button may still be waiting for the answer that will not come.
    if (run) set(run.id, { loading: false, n_clicks: Date.now() });
  }
})();
