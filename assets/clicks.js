/* Clicks on a map. Plotly keeps one to itself that comes within 50 ms of the pointer's last move, so a mouse is
   heard here; fingers are left to Plotly. */
(function () {
  "use strict";

  const PLOT = ".nsewdrag[data-subplot=xy]";
  const STILL = 8; // pixels that Plotly, too, does not take for a drag

  function listenToMouse(map, element) {
    let press = null; // what the mouse went down on, until it was clicked or dragged
    element.addEventListener("pointerdown", (event) => {
      press = null;
      if (event.pointerType === "touch" || event.button !== 0 || !event.target.matches(PLOT)) return;
      press = { event, key: map.key, cell: cellUnder(map, element, event) };
      if (press.cell && !event.shiftKey) window.layerscope.tell(map, "pressed", { cell: press.cell });
    }, true);
    element.addEventListener("click", (event) => { // the browser's, or Plotly's where nothing was dragged
      const from = press;
      press = null; // where both come, the first is the one
      if (from && from.key === map.key && isNear(from.event, event)) click(element, from.cell, from.event);
    });
  }

  const isNear = (one, other) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) < STILL;

  function clickedByFinger(element, cell, event) {
    if (/^touch/.test(event.type)) click(element, cell, event);
  }

  /* A click takes the keys with it: what it opened can be pinned, left and walked on from. Before anything is
     shown, for the map that is left takes the tooltip away. */
  function click(element, cell, event) {
    element.focus({ preventScroll: true });
    if (cell) window.layerscope.clicked(cell, event);
  }

  /* The cell at a place on screen, drawn or pooled. A pointer's place has fractions and a mouse's has none;
     Plotly goes by the mouse, and a click is to open the cell that the tooltip names. */
  function cellUnder(map, element, { target, clientX, clientY }) {
    const trace = element.data?.[0];
    if (trace?.z?.length !== map.rows || !trace.dx) return null; // another map's figure, or none
    const { left, top } = target.getBoundingClientRect();
    const { xaxis, yaxis } = element._fullLayout;
    const { cellOf, clamp } = window.layerscope;
    const bin = Math.round((xaxis.p2c(Math.floor(clientX) - left) - trace.x0) / trace.dx);
    const row = clamp(Math.round(yaxis.p2c(Math.floor(clientY) - top)), map.rows);
    return cellOf(map, { pointNumber: [row, clamp(bin, map.source.length / map.rows)] });
  }

  window.layerscope = Object.assign(window.layerscope || {}, { listenToMouse, clickedByFinger });
})();
