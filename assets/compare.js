/* What a side of Compare holds, and how another view's map comes to stand on both. */
(function () {
  "use strict";

  const SIDES = ["left", "right"];

  /* Dash calls this when a side is to hold a text, or a question. */
  const showKind = (kind) => `side is-${kind}`;

  /* Dash calls this with the partners; a difference that does not exist is not shown. */
  const showDifference = (found) => (found && !found.hasDifference ? "difference is-absent" : "difference");

  /* Dash calls this with a side's measure and what there is to choose; of probes there is nothing. */
  const offerSideSites = (measure, offers, chosen) =>
    window.dash_clientside.layerscope.offerSites(measure, offers, null, chosen);

  /* What a map shows, as a link to Compare with it on both sides, where one of them can be changed. */
  async function compareWith(map) {
    const { request, log10, study } = map.meta;
    const { measure, site } = study ? {} : map.meta; // a probe's score is not to be had there
    const { axis, ...asked } = request;
    const side = asked.question
      ? { kind: "question", question: asked.question, answer: asked }
      : { kind: "text", text: asked.text, special_tokens: asked.special_tokens };
    const both = Object.entries({ ...side, model: asked.model, measure, site }).filter(([, value]) => value != null);
    const parts = SIDES.flatMap((name) => both.map(([part, value]) => [`${name}_${part}`, value]));
    const columns = axis && { axis, align: axis === "all tokens" ? "position" : "name" };
    const state = window.layerscope.mapState(map);
    window.location.hash = await window.layerscope.linkTo("compare", {
      parts: { ...Object.fromEntries(parts), align: "position", ...columns, scale: log10 ? "log10" : "raw" },
      maps: Object.fromEntries(SIDES.map((name) => [name, state])) });
    return "";
  }

  window.layerscope = Object.assign(window.layerscope || {}, { compareWith });
  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, {
    offerSideSites, showKind, showDifference });
})();
