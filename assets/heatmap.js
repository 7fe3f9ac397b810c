/* Draws the heatmap in the browser: pools columns to the pixels there are, follows the page's colours,
   and turns hover, click and keys into a cell. The server's figure holds every number; nothing here
   asks for more. tooltip.js says what a cell says. */
(function () {
  "use strict";

  const GRAPH = "explore-heatmap";
  const PIN = "explore-pin";
  const NARROW = 640;

  // What is on screen: the figure's numbers at full width, and which column each drawn one stands for.
  const view = { meta: null, z: null, rows: 0, columns: 0, centre: null, width: 1, source: null,
                 cursor: null, pin: null, before: null, regions: [], subject: null };

  const graph = () => document.querySelector(`#${GRAPH} .js-plotly-plot`);

  /* Dash calls this with the server's figure; what it returns is drawn. */
  function show(figure) {
    if (!figure) return window.dash_clientside.no_update;
    const trace = figure.data[0];
    const changed = JSON.stringify(view.meta?.request) !== JSON.stringify(figure.layout.meta.request);
    const zoomed = changed ? null : graph()?.layout;
    const subject = JSON.stringify([figure.layout.meta.request, figure.layout.meta.name,
                                    figure.layout.meta.withSinks]);
    if (subject !== view.subject) view.regions = []; // another reading speaks of other cells
    view.subject = subject;
    view.meta = figure.layout.meta;
    view.z = decode(trace.z);
    [view.rows, view.columns] = trace.z.shape.split(",").map(Number);
    view.centre = rowCentres(view.z, view.rows, view.columns);
    const drawn = { ...figure, data: [{ ...trace }, ...figure.data.slice(1)],
                    layout: { ...figure.layout, meta: undefined } };
    const [first, last] = visible(zoomed?.xaxis?.range || [0, view.columns - 1]);
    Object.assign(drawn.data[0], pooled(first, last), {
      hoverinfo: "none", hovertemplate: undefined, hoverongaps: true });
    if (changed) {
      view.cursor = null;
      setPin(null);
      window.layerscope.fetchPredictions(view.meta.request);
      window.layerscope.fitSliders(view.rows, view.columns);
    }
    fit(drawn.layout, drawn.data[0], last - first + 1);
    for (const axis of ["xaxis", "yaxis"]) { // a zoom outlives a change of measure
      const range = zoomed?.[axis]?.range;
      if (range) drawn.layout[axis] = { ...drawn.layout[axis], range: [...range] };
    }
    drawn.layout.shapes = outlines();
    requestAnimationFrame(listen);
    return drawn;
  }

  function decode({ bdata, dtype }) {
    if (dtype !== "f4") throw new Error(`the map has numbers of type ${dtype}, not f4`);
    const base64 = bdata.replaceAll("_", "/").replaceAll("-", "+"); // see pack_figure in wire.py
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new Float32Array(bytes.buffer);
  }

  function rowCentres(z, rows, columns) {
    const centres = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      const finite = z.slice(row * columns, (row + 1) * columns).filter(Number.isFinite).sort();
      centres[row] = finite.length ? finite[finite.length >> 1] : 0;
    }
    return centres;
  }

  /* Columns first..last in as many bins as there are pixels. A bin shows the value that is furthest from
     its row's median, so that a single outlier among thousands of tokens is never lost. */
  function pooled(first, last) {
    const width = Math.max(1, Math.ceil((last - first + 1) / plotWidth()));
    const bins = Math.ceil(view.columns / width);
    const rows = [];
    view.width = width;
    view.source = new Int32Array(view.rows * bins);
    for (let row = 0; row < view.rows; row++) {
      const out = new Array(bins);
      for (let bin = 0; bin < bins; bin++) {
        const column = extreme(row, bin * width, Math.min(view.columns, (bin + 1) * width));
        view.source[row * bins + bin] = column;
        const value = view.z[row * view.columns + column];
        out[bin] = Number.isFinite(value) ? value : null;
      }
      rows.push(out);
    }
    return { z: rows, x0: (width - 1) / 2, dx: width };
  }

  /* The map's share of the figure, less its margins; see MAP_WIDTH in figures.py. */
  const plotWidth = () => Math.max(200, 0.89 * ((graph()?.clientWidth || window.innerWidth) - 130));

  /* A label for every so many tokens that they do not touch. Whole steps only: a tick between two tokens
     would carry the name of one of them. */
  const tickStep = (columns) => Math.max(1, Math.ceil(columns / Math.floor(plotWidth() / 15)));

  const layerStep = (rows) => Math.max(1, Math.ceil(rows / 26));

  function extreme(row, from, to) {
    let best = from;
    let most = -1;
    for (let column = from; column < to; column++) {
      const away = Math.abs(view.z[row * view.columns + column] - view.centre[row]);
      if (away > most) [best, most] = [column, away];
    }
    return best;
  }

  /* The room there is, which the figure itself does not know. Its colours are in style.css. */
  function fit(layout, heatmap, columns) {
    const style = getComputedStyle(document.documentElement);
    const narrow = window.innerWidth < NARROW;
    // A finger that moves over the map scrolls the page; the sliders zoom.
    if (window.matchMedia("(pointer: coarse)").matches) layout.dragmode = false;
    layout.paper_bgcolor = layout.plot_bgcolor = "rgba(0,0,0,0)";
    layout.font = { size: narrow ? 10 : 12, family: style.getPropertyValue("--sans") };
    layout.xaxis.tickfont = { family: style.getPropertyValue("--mono"), size: narrow ? 10 : 12 };
    layout.xaxis.labelalias = Object.fromEntries(view.meta.tokens.map(
      (token, position) => [position, plain(token)]));
    layout.xaxis.tickangle = view.columns > 12 || narrow ? -60 : 0;
    Object.assign(layout.xaxis, { tick0: 0, dtick: tickStep(columns) });
    Object.assign(layout.yaxis, { tick0: 0, dtick: layerStep(view.rows) });
    if (view.columns <= 8) layout.margin.b = 40;
    if (!narrow) return;
    layout.margin = { ...layout.margin, l: 44, r: 4, t: 62 };
    heatmap.colorbar = { ...heatmap.colorbar, orientation: "h", y: 1.02, yanchor: "bottom", len: 1,
                         title: { ...heatmap.colorbar.title, side: "top" } };
  }

  /* Plotly reads labels as a kind of HTML; a token is to be shown as it is. */
  const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

  function outlines() {
    const style = getComputedStyle(document.documentElement);
    const line = (region, name, width) => ({
      type: "rect", x0: region.first_position - 0.5, x1: region.last_position + 0.5,
      y0: region.first_row - 0.5, y1: region.last_row + 0.5,
      line: { width, color: style.getPropertyValue(name).trim() } });
    // On a pale halo, for no one colour stands out against every blue.
    const box = (region, name) => [line(region, "--halo", 6), line(region, name, 2.5)];
    const one = ({ row, position }) => ({ first_row: row, last_row: row,
                                          first_position: position, last_position: position });
    const shapes = view.regions.flatMap((region) => box(region, "--region"));
    if (view.pin) shapes.push(...box(one(view.pin), "--pin"));
    if (view.cursor) shapes.push(...box(one(view.cursor), "--cursor"));
    return shapes;
  }

  /* A sentence of the reading outlines the cells it is about; clicked again, it lets go of them. */
  document.addEventListener("click", (event) => {
    const sentence = event.target.closest?.(".observation");
    if (!sentence) return;
    const on = sentence.getAttribute("aria-pressed") !== "true";
    for (const other of document.querySelectorAll(".observation[aria-pressed]")) {
      other.removeAttribute("aria-pressed");
    }
    if (on) sentence.setAttribute("aria-pressed", "true");
    view.regions = on ? JSON.parse(sentence.dataset.regions) : [];
    redrawOutlines();
  });

  function listen() {
    const element = graph();
    if (!element || !element.on) return requestAnimationFrame(listen);
    if (element.dataset.listening) return;
    element.dataset.listening = "true";
    element.on("plotly_hover", ({ points, event }) => {
      if (points[0].curveNumber === 0) window.layerscope.showTooltip(cellOf(points[0]), event);
    });
    element.on("plotly_unhover", () => window.layerscope.hideTooltip());
    element.on("plotly_click", ({ points, event }) => {
      if (points[0].curveNumber !== 0) return;
      const cell = cellOf(points[0]);
      window.layerscope.showTooltip(cell, event); // a finger has no other way to hover
      pin(cell);
    });
    element.on("plotly_relayout", (change) => {
      if (!Object.keys(change).some((key) => /^[xy]axis\.range/.test(key))) return;
      poolAgain(element);
      window.layerscope.tellSliders(visible(element.layout.xaxis.range), element.layout.yaxis.range);
    });
    element.on("plotly_doubleclick", () => {
      setPin(view.before); // its two clicks were not meant for the cell
      redrawOutlines();
      window.layerscope.fitSliders(view.rows, view.columns);
    });
    new MutationObserver(redrawOutlines).observe(document.documentElement, {
      attributes: true, attributeFilter: ["data-mantine-color-scheme"] });
    window.addEventListener("resize", () => poolAgain(element));
    keyboard(element);
  }

  /* The cell of a drawn point: of a pooled column, the token it stands for. */
  function cellOf({ pointNumber: [row, bin] }) {
    const bins = view.source.length / view.rows;
    return describe(row, view.source[row * bins + bin]);
  }

  function describe(row, position) {
    const z = view.z[row * view.columns + position];
    const { low, high, log10 } = view.meta;
    if (!low) return { row, position, value: log10 ? 10 ** z : z, meta: view.meta };
    const span = high[row] - low[row] > 0 ? high[row] - low[row] : 1;
    return { row, position, value: low[row] + 2 * (z - 0.5) * span, intensity: z, meta: view.meta };
  }

  const visible = ([from, to]) =>
    [clamp(Math.round(from + 0.001), view.columns), clamp(Math.round(to - 0.001), view.columns)];

  function poolAgain(element) {
    const [first, last] = visible(element.layout.xaxis.range);
    const before = view.width;
    const update = pooled(first, last);
    const [low, high] = element.layout.yaxis.range;
    const ticks = { "xaxis.dtick": tickStep(last - first + 1), "yaxis.dtick": layerStep(high - low) };
    if (update.dx !== before) {
      window.Plotly.restyle(element, { z: [update.z], x0: update.x0, dx: update.dx }, [0]);
    }
    const { xaxis, yaxis } = element.layout;
    if (ticks["xaxis.dtick"] !== xaxis.dtick || ticks["yaxis.dtick"] !== yaxis.dtick) {
      window.Plotly.relayout(element, ticks);
    }
  }

  /* Pins a cell; the one that is pinned already is let go. */
  let clickedAt = 0;
  function pin({ row, position }) {
    const now = performance.now();
    if (now - clickedAt > 500) view.before = view.pin;
    clickedAt = now;
    const same = view.pin && view.pin.row === row && view.pin.position === position;
    setPin(same ? null : { row, position });
    redrawOutlines();
  }

  function setPin(cell) {
    view.pin = cell;
    const data = cell && { ...view.meta.request, row: cell.row, position: cell.position };
    window.dash_clientside.set_props(PIN, { data });
  }

  function redrawOutlines() {
    window.Plotly.relayout(graph(), { shapes: outlines() });
  }

  /* One tab stop: arrows move a cell, Enter pins it, Escape lets go. */
  function keyboard(element) {
    const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    element.setAttribute("aria-label", "Heatmap: arrow keys move between cells, Enter pins one");
    element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && view.cursor) return pin(view.cursor);
      if (event.key === "Escape") return view.cursor ? leave() : letGo();
      if (!steps[event.key]) return;
      event.preventDefault();
      const at = view.cursor || view.pin || { row: view.rows - 1, position: -1 };
      const [up, right] = steps[event.key];
      view.cursor = { row: clamp(at.row + up, view.rows), position: clamp(at.position + right, view.columns) };
      redrawOutlines();
      const cell = describe(view.cursor.row, view.cursor.position);
      window.layerscope.showTooltip(cell, middle(element));
      window.layerscope.say(cell);
    });
    element.addEventListener("blur", leave);
  }

  function letGo() {
    setPin(null);
    redrawOutlines();
  }

  function leave() {
    window.layerscope.hideTooltip();
    if (!view.cursor) return;
    view.cursor = null;
    redrawOutlines();
  }

  const clamp = (value, size) => Math.min(size - 1, Math.max(0, value));

  function middle(element) {
    const { xaxis, yaxis } = element._fullLayout;
    const box = element.getBoundingClientRect();
    return { clientX: box.left + xaxis._offset + xaxis.d2p(view.cursor.position),
             clientY: box.top + yaxis._offset + yaxis.d2p(view.cursor.row) };
  }

  window.layerscope = Object.assign(window.layerscope || {}, { view });
  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, { show });
})();
