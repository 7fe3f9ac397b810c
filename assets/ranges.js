/* The layer and token sliders, in step with zooming on the map. */
(function () {
  "use strict";

  const SLIDERS = { layers: "explore-layers", tokens: "explore-tokens" };
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const graph = () => document.querySelector("#explore-heatmap .js-plotly-plot");

  /* A new map: both sliders from its first to its last. */
  function fitSliders(rows, columns) {
    set(SLIDERS.layers, { max: Math.max(1, rows - 1), value: [0, rows - 1] });
    set(SLIDERS.tokens, { max: Math.max(1, columns - 1), value: [0, columns - 1] });
  }

  /* The map was zoomed: the sliders follow. */
  function tellSliders(tokens, [low, high]) {
    set(SLIDERS.tokens, { value: tokens });
    set(SLIDERS.layers, { value: [Math.round(low + 0.001), Math.round(high - 0.001)] });
  }

  /* A slider was moved: the map follows, unless it is there already. */
  function setRange(layers, tokens) {
    const element = graph();
    if (!element?.layout?.xaxis?.range) return;
    const wanted = { "xaxis.range": edges(tokens), "yaxis.range": edges(layers) };
    const { xaxis, yaxis } = element.layout;
    if (near(xaxis.range, wanted["xaxis.range"]) && near(yaxis.range, wanted["yaxis.range"])) return;
    window.Plotly.relayout(element, wanted);
  }

  const edges = ([first, last]) => [first - 0.5, last + 0.5];
  const near = (one, other) => one.every((edge, at) => Math.abs(edge - other[at]) < 0.5);

  window.layerscope = Object.assign(window.layerscope || {}, { fitSliders, tellSliders });
  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, { setRange });
})();
