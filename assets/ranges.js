/* The layer and token sliders of a map, in step with zooming. */
(function () {
  "use strict";

  const set = (map, part, props) => window.dash_clientside.set_props(`${map.prefix}-${part}`, props);

  /* A new map: both sliders from its first to its last. */
  function fitSliders(map) {
    set(map, "layers", { max: Math.max(1, map.rows - 1), value: [0, map.rows - 1] });
    set(map, "tokens", { max: Math.max(1, map.columns - 1), value: [0, map.columns - 1] });
  }

  /* The map was zoomed: the sliders follow. */
  function tellSliders(map, { xaxis, yaxis }) {
    const [low, high] = yaxis.range;
    set(map, "tokens", { value: window.layerscope.visible(map, xaxis.range) });
    set(map, "layers", { value: [Math.round(low + 0.001), Math.round(high - 0.001)] });
  }

  /* A slider was moved: the map follows, unless it is there already. */
  function setRange(layers, tokens) {
    const { graph, mapOfId } = window.layerscope;
    const element = graph(mapOfId(window.dash_clientside.callback_context.inputs_list[0].id));
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
