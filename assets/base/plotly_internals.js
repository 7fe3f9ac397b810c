/* Everything that depends on how plotly.js works inside: its class names, its axes on screen, its event emitter.
   tests/browser/test_internals.py says what breaks when Plotly changes. */

/**
 * @typedef {HTMLElement & { data?: any[], layout?: any, _fullLayout?: any, on?: Function, emit?: Function }} Graph
 *
 * @typedef {object} Axis one axis as it is drawn now
 * @property {[number, number]} range
 * @property {number} length pixels
 * @property {number} offset pixels from the figure's left or upper edge
 * @property {(value: number) => number} pixelOf from the axis's own edge
 * @property {(pixel: number) => number} valueAt
 */

/** @type {any} */
const page = globalThis;

const PLOT_AREA = ".nsewdrag[data-subplot=xy]";

/** The drawn map of a prefix, or null while there is none. @returns {Graph | null} */
export const graphOf = (prefix) => document.querySelector(`#${prefix}-heatmap .js-plotly-plot`);

/** Whether a graph can be listened to. */
export const isGraphReady = (graph) => Boolean(graph?.on);

/** Whether an element is the part of a figure where its cells are. */
export const isPlotArea = (element) => element.matches(PLOT_AREA);

/** @param {any} axis @returns {Axis} */
const axisOf = (axis) => ({
  range: axis.range, length: axis._length, offset: axis._offset,
  pixelOf: (value) => axis.d2p(value), valueAt: (pixel) => axis.p2c(pixel) });

/**
 * Both axes as they are drawn, or null while nothing is drawn.
 * @param {Graph | null} graph
 * @returns {{ x: Axis, y: Axis } | null}
 */
export function axesOf(graph) {
  const full = graph?._fullLayout;
  return full?.xaxis ? { x: axisOf(full.xaxis), y: axisOf(full.yaxis) } : null;
}

/** How much larger an element is on screen than its own pixels: an embedding page or an extension may scale it.
    @param {HTMLElement} element */
export const scaleOf = (element) => element.getBoundingClientRect().width / element.offsetWidth || 1;

/**
 * Let Plotly find the place of the pointer in a page that is scaled by CSS zoom: it minds transforms alone.
 * @param {Graph} graph
 */
export function followZoom(graph) {
  const calculate = graph._fullLayout?._calcInverseTransform;
  if (!calculate || calculate.followsZoom) return;
  const zoomed = (/** @type {any} */ drawn) => {
    const full = drawn._fullLayout, before = full._lastBBox;
    calculate(drawn);
    const zoom = drawn.currentCSSZoom ?? 1;
    if (full._lastBBox === before || zoom === 1) return; // as it was
    full._invTransform = full._invTransform.map((row) => row.map((number) => number / zoom));
    full._invScaleX /= zoom;
    full._invScaleY /= zoom;
  };
  graph._fullLayout._calcInverseTransform = Object.assign(zoomed, { followsZoom: true });
  graph._fullLayout._lastBBox = null;
}

/**
 * Keep changes of outlines from Dash: it would draw the whole figure again, some 200 ms for every step by key.
 * @param {Graph} graph
 */
export function keepMarksFromDash(graph) {
  const { emit } = graph;
  graph.emit = (name, change) => {
    const isMarksOnly = name === "plotly_relayout" && Object.keys(change).every(
      (key) => key === "shapes" || key === "annotations");
    if (!isMarksOnly) emit.call(graph, name, change);
  };
}

/** Plotly's buttons, without the one that sends the chart to a server of its own. */
export const NO_CLOUD = { showSendToCloud: false, plotlyServerURL: "", displaylogo: false, responsive: true };

const NO_BUTTONS = { ...NO_CLOUD, displayModeBar: false };

/** Draw a figure in an empty element. */
export const newGraph = (element, { data, layout }) => page.Plotly.newPlot(element, data, layout, NO_BUTTONS);

/** Draw another figure in the same graph. */
export const changeGraph = (graph, { data, layout }) => page.Plotly.react(graph, data, layout, NO_BUTTONS);

export const relayout = (graph, change) => page.Plotly.relayout(graph, change);
export const restyle = (graph, change) => page.Plotly.restyle(graph, change, [0]);
export const resizeGraph = (graph) => page.Plotly.Plots.resize(graph);
export const toImage = (figure, options) => page.Plotly.toImage(figure, options);
