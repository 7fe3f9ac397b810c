/* The maps of the page. Each has one state, made when it is first asked for and named by its prefix:
   the map "ask" lives in #ask-heatmap, #ask-cell and so on (dashboard/page/ids.py). The server's figure holds
   every number, and its layout.meta says what they are (dashboard/maps/figure_meta.py); nothing is asked for when
   a map is hovered, zoomed or walked over.

   Other scripts may listen on document for layerscope:drawn, :hover, :pressed, :zoom, :opened and :pins, whose
   detail.map is the state, and may call layerscope.zoomTo, .point and .setPins. */
(function () {
  "use strict";

  const maps = {};

  function mapOf(prefix) {
    maps[prefix] = maps[prefix] || {
      prefix, key: null, subject: null, figure: null, isNarrow: false, meta: null,
      z: null, rows: 0, columns: 0, centre: null, isSink: null, gap: 0, width: 1, source: null,
      ranges: null, cursor: null, open: null, before: null, tapped: null, byFinger: false, pins: [], regions: [],
      base: { shapes: [], annotations: [] }, nMarks: 0, predictions: { key: null, wanted: null } };
    return maps[prefix];
  }

  /* The map whose part has this id: a part's own name has no hyphen. */
  const mapOfId = (id) => mapOf(id.slice(0, id.lastIndexOf("-")));

  const graph = (map) => document.querySelector(`#${map.prefix}-heatmap .js-plotly-plot`);

  const tell = (map, what, detail) =>
    document.dispatchEvent(new CustomEvent(`layerscope:${what}`, { detail: { map, ...detail } }));

  /* Dash calls this with the server's figure; what it returns is drawn. */
  function show(figure) {
    if (!figure) return window.dash_clientside.no_update;
    const map = mapOfId(window.dash_clientside.callback_context.inputs_list[0].id);
    return draw(map, figure);
  }

  function draw(map, figure) {
    const { meta } = figure.layout;
    const key = JSON.stringify([meta.request, meta.positions]);
    const subject = JSON.stringify([key, meta.name, meta.withSinks]);
    const changed = map.key !== key;
    if (subject !== map.subject) map.regions = []; // another reading speaks of other cells
    Object.assign(map, { meta, key, subject, figure, isNarrow: window.layerscope.isNarrow() });
    const trace = figure.data[0];
    map.base = { shapes: figure.layout.shapes || [], annotations: figure.layout.annotations || [] };
    window.layerscope.readNumbers(map, trace);
    map.drawing = true; // what is marked meanwhile is drawn with the rest
    const zoomed = changed ? start(map) : map.ranges; // a figure before this one may not be on screen yet
    const restored = changed && Boolean(zoomed);
    map.drawing = false;
    const { xaxis, yaxis, margin } = figure.layout; // the server's figure stays as it is, to be drawn again
    const drawn = { ...figure, data: [{ ...trace }, ...figure.data.slice(1)],
                    layout: { ...figure.layout, meta: undefined,
                              xaxis: { ...xaxis }, yaxis: { ...yaxis }, margin: { ...margin } } };
    const [first, last] = visible(map, zoomed?.xaxis?.range || [0, map.columns - 1]);
    Object.assign(drawn.data[0], window.layerscope.pooled(map, first, last, window.layerscope.roomFor(map)), {
      hoverinfo: "none", hovertemplate: undefined, hoverongaps: true });
    window.layerscope.sayPooling(map);
    window.layerscope.fit(map, drawn.layout, drawn.data[0], last - first + 1);
    // Plotly forgets a figure's height when the window is resized, and takes that of its container.
    document.getElementById(`${map.prefix}-heatmap`).style.height = `${drawn.layout.height}px`;
    for (const axis of ["xaxis", "yaxis"]) { // a zoom outlives a change of measure
      const range = zoomed?.[axis]?.range;
      if (range) drawn.layout[axis] = { ...drawn.layout[axis], range: [...range] };
    }
    map.ranges = { xaxis: { range: drawn.layout.xaxis.range }, yaxis: { range: drawn.layout.yaxis.range } };
    Object.assign(drawn.layout, window.layerscope.marks(map));
    requestAnimationFrame(() => listen(map));
    tell(map, "drawn", { changed, restored });
    return drawn;
  }

  /* The window has another size: a narrow one has the colours above the map and less beside it. */
  function drawForWindow(map, element) {
    if (!map.figure || !element.clientWidth) return; // of a view that is not on screen
    if (map.isNarrow === window.layerscope.isNarrow()) return fitAgain(map, element);
    window.dash_clientside.set_props(`${map.prefix}-heatmap`, { figure: draw(map, map.figure) });
  }

  /* Another text: what was pointed at, opened and pinned was not in it. A link may bring all that along:
     then the ranges to show are returned. */
  function start(map) {
    map.cursor = null;
    window.layerscope.forgetPins(map);
    window.layerscope.fetchPredictions(map);
    window.layerscope.fitSliders(map);
    return window.layerscope.restore(map);
  }

  function listen(map) {
    const element = graph(map);
    if (!element || !element.on) return requestAnimationFrame(() => listen(map));
    if (element.dataset.listening) return;
    element.dataset.listening = "true";
    keepToOneself(element);
    element.on("plotly_hover", ({ points, event }) => {
      const cell = points[0].curveNumber === 0 && cellOf(map, points[0]);
      if (!cell) return;
      window.layerscope.showTooltip(cell, event);
      tell(map, "hover", { cell });
    });
    element.on("plotly_unhover", () => {
      if (window.layerscope.isByFinger()) return; // a finger leaves a map when it touches something else
      window.layerscope.hideTooltip();
      tell(map, "hover", { cell: null });
    });
    element.on("plotly_click", ({ points, event }) => window.layerscope.clickedByFinger(
      element, points[0].curveNumber === 0 && cellOf(map, points[0]), event));
    window.layerscope.listenToMouse(map, element);
    element.on("plotly_relayout", (change) => {
      if (!Object.keys(change).some((key) => /^[xy]axis\.range/.test(key))) return;
      const { xaxis: { range: x }, yaxis: { range: y } } = element.layout;
      map.ranges = { xaxis: { range: [...x] }, yaxis: { range: [...y] } };
      fitAgain(map, element);
      window.layerscope.tellSliders(map, element.layout);
      tell(map, "zoom", { x: [...x], y: [...y] });
    });
    element.on("plotly_afterplot", () => {
      poolAgain(map, element);
      window.layerscope.outline(map);
      // What was pinned while a figure was on its way.
      if ((element.layout.shapes || []).length !== map.nMarks) redraw(map);
    });
    element.on("plotly_doubleclick", () => {
      if (map.byFinger) return; // a tap and its echo
      window.layerscope.undoOpen(map); // its two clicks were not meant for the cell
      window.layerscope.fitSliders(map);
    });
    new MutationObserver(() => redraw(map)).observe(document.documentElement, {
      attributes: true, attributeFilter: ["data-mantine-color-scheme"] });
    window.addEventListener("resize", () => drawForWindow(map, element));
    drawWhenSeen(element);
    window.layerscope.listenToKeys(map, element);
  }

  /* What is drawn while its view is away has no size, and no picture. */
  function drawWhenSeen(element) {
    let isSeen = element.clientWidth > 0;
    new ResizeObserver(() => {
      if (!isSeen && element.clientWidth) window.Plotly.Plots.resize(element);
      isSeen = element.clientWidth > 0;
    }).observe(element);
  }

  /* Told of an outline, Dash would draw the whole figure again: some 200 ms for every step by key. */
  function keepToOneself(element) {
    const emit = element.emit;
    element.emit = (name, change) => {
      const marksOnly = name === "plotly_relayout" && Object.keys(change).every(
        (key) => key === "shapes" || key === "annotations");
      if (!marksOnly) emit.call(element, name, change);
    };
  }

  /* The cell of a drawn point: of a pooled column, the token it stands for. Nothing where a column is
     missing. */
  function cellOf(map, { pointNumber: [row, bin] }) {
    const column = map.source[row * (map.source.length / map.rows) + bin];
    return isMissing(map, column) ? null : describe(map, row, column);
  }

  const isMissing = (map, column) => map.meta.positions?.[column] === null;

  const positionOf = (map, column) => map.meta.positions?.[column] ?? column;

  function describe(map, row, column) {
    const z = map.z[row * map.columns + column];
    const { low, high, log10 } = map.meta;
    const cell = { map, row, column, position: positionOf(map, column) };
    if (!low) return { ...cell, value: log10 ? 10 ** z : z };
    const span = high[row] - low[row] > 0 ? high[row] - low[row] : 1;
    return { ...cell, value: low[row] + 2 * (z - 0.5) * span, intensity: z };
  }

  const clamp = (value, size) => Math.min(size - 1, Math.max(0, value));

  const visible = (map, [from, to]) =>
    [clamp(Math.round(from + 0.001), map.columns), clamp(Math.round(to - 0.001), map.columns)];

  /* What is in view has changed, or the room for it. */
  function fitAgain(map, element) {
    if (!map.z || !element.clientWidth) return;
    poolAgain(map, element);
    const { xaxis, yaxis } = element.layout;
    const [first, last] = visible(map, xaxis.range);
    const [low, high] = yaxis.range;
    const { tickStep, layerStep } = window.layerscope;
    const ticks = { "xaxis.dtick": tickStep(map, last - first + 1, element._fullLayout.xaxis._length),
                    "yaxis.dtick": layerStep(high - low) };
    if (ticks["xaxis.dtick"] !== xaxis.dtick || ticks["yaxis.dtick"] !== yaxis.dtick) {
      window.Plotly.relayout(element, ticks);
    }
  }

  /* As many columns as there are pixels, which only what is drawn knows: one more, and Plotly would leave
     some column out. */
  function poolAgain(map, element) {
    const [drawn] = element.data || [];
    if (drawn?.z?.length !== map.rows || !drawn.dx) return; // another map's figure, or none
    const { range, _length: pixels } = element._fullLayout.xaxis;
    const update = window.layerscope.pooled(map, ...visible(map, range), pixels);
    window.layerscope.sayPooling(map);
    if (update.dx === drawn.dx && update.xgap === drawn.xgap) return;
    window.Plotly.restyle(element, { ...update, z: [update.z] }, [0]);
  }

  function redraw(map) {
    const element = graph(map);
    if (element && map.meta && !map.drawing) window.Plotly.relayout(element, window.layerscope.marks(map));
  }

  /* For other scripts: show these ranges, as [from, to] of columns and of rows. */
  function zoomTo(map, { x, y }) {
    const element = graph(map);
    const now = element?.layout;
    const near = (one, other) => one.every((edge, at) => Math.abs(edge - other[at]) < 0.01);
    if (!now?.xaxis?.range || (near(now.xaxis.range, x) && near(now.yaxis.range, y))) return;
    window.Plotly.relayout(element, { "xaxis.range": [...x], "yaxis.range": [...y] });
  }

  /* For other scripts: outline a cell as if it were hovered; null takes the outline away. */
  function point(map, cell) {
    map.cursor = cell && { row: clamp(cell.row, map.rows), column: clamp(cell.column, map.columns) };
    window.layerscope.outline(map);
  }

  window.layerscope = Object.assign(window.layerscope || {}, {
    maps, mapOf, mapOfId, graph, tell, draw, describe, cellOf, isMissing, positionOf, clamp, visible, redraw,
    zoomTo, point });
  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, { show });
})();
