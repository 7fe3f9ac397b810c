/* A map by keyboard: one tab stop, arrows move a cell, Enter opens it, P pins it, Escape lets go. */
(function () {
  "use strict";

  const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] };

  function listenToKeys(map, element) {
    element.tabIndex = 0;
    element.setAttribute("role", "application");
    element.setAttribute("aria-label", "Heatmap: arrow keys move between cells, Enter opens one, P pins one");
    element.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && map.cursor) return window.layerscope.toggle(map, map.cursor);
      const chosen = map.cursor || map.open;
      if (event.key === "p" && chosen) return window.layerscope.togglePin(map, chosen);
      if (event.key === "Escape") return map.cursor ? leave(map) : window.layerscope.setOpen(map, null);
      if (!STEPS[event.key]) return;
      event.preventDefault();
      move(map, STEPS[event.key]);
      const cell = window.layerscope.describe(map, map.cursor.row, map.cursor.column);
      window.layerscope.showTooltip(cell, middle(map, element));
      window.layerscope.say(cell);
    });
    element.addEventListener("blur", () => leave(map));
  }

  /* One step on, over columns that are missing; a step that leads nowhere else is not taken. */
  function move(map, [up, right]) {
    const { clamp, isMissing } = window.layerscope;
    const at = map.cursor || map.open || { row: map.rows - 1, column: -1 };
    const row = clamp(at.row + up, map.rows);
    let column = at.column + right;
    while (isMissing(map, column)) column += right || 1;
    if (column < 0 || column >= map.columns) column = clamp(at.column, map.columns);
    map.cursor = { row, column };
    window.layerscope.redraw(map);
  }

  function leave(map) {
    window.layerscope.hideTooltip();
    if (!map.cursor) return;
    map.cursor = null;
    window.layerscope.redraw(map);
  }

  function middle(map, element) {
    const { xaxis, yaxis } = element._fullLayout;
    const box = element.getBoundingClientRect();
    return { clientX: box.left + xaxis._offset + xaxis.d2p(map.cursor.column),
             clientY: box.top + yaxis._offset + yaxis.d2p(map.cursor.row) };
  }

  window.layerscope = Object.assign(window.layerscope || {}, { listenToKeys });
})();
