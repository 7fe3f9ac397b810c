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
      if (event.key.toLowerCase() === "p" && chosen) return window.layerscope.togglePin(map, chosen);
      if (event.key === "Escape") return map.cursor ? leave(map) : window.layerscope.setOpen(map, null);
      if (!STEPS[event.key]) return;
      event.preventDefault();
      move(map, STEPS[event.key], shown(map, element.layout));
      const cell = window.layerscope.describe(map, map.cursor.row, map.cursor.column);
      window.layerscope.showTooltip(cell, middle(map, element));
      window.layerscope.tell(map, "hover", { cell });
      window.layerscope.say(cell);
    });
    element.addEventListener("blur", () => {
      element.classList.remove("is-clicked");
      leave(map);
    });
    element.addEventListener("keydown", () => element.classList.remove("is-clicked"), { capture: true });
    element.addEventListener("pointerdown", () => element.classList.add("is-clicked"), { capture: true });
  }

  /* First and last row and column of what a zoom has left of the map. */
  function shown(map, { xaxis, yaxis }) {
    const { clamp } = window.layerscope;
    const ends = ([low, high], size) => [clamp(Math.ceil(low), size), clamp(Math.floor(high), size)];
    return { rows: ends(yaxis.range, map.rows), columns: ends(xaxis.range, map.columns) };
  }

  const within = ([first, last], place) => Math.min(last, Math.max(first, place));

  /* One step on, over columns that are missing; a step that leads out of sight is not taken. */
  function move(map, [up, right], { rows, columns }) {
    const { isMissing } = window.layerscope;
    const start = { row: rows[1], column: columns[0] - 1 };
    const seen = (cell) => cell && cell.row === within(rows, cell.row)
      && cell.column === within(columns, cell.column);
    const at = [map.cursor, map.open].find(seen) || start;
    const row = within(rows, at.row + up);
    let column = at.column + right;
    while (isMissing(map, column)) column += right || 1;
    if (column !== within(columns, column)) column = within(columns, at.column);
    map.cursor = { row, column };
    window.layerscope.outline(map);
  }

  function leave(map) {
    window.layerscope.hideTooltip();
    if (!map.cursor) return;
    map.cursor = null;
    window.layerscope.outline(map);
    window.layerscope.tell(map, "hover", { cell: null });
  }

  function middle(map, element) {
    const { xaxis, yaxis } = element._fullLayout;
    const box = element.getBoundingClientRect();
    return { clientX: box.left + xaxis._offset + xaxis.d2p(map.cursor.column),
             clientY: box.top + yaxis._offset + yaxis.d2p(map.cursor.row),
             clear: (xaxis.d2p(1) - xaxis.d2p(0)) / 2 };
  }

  window.layerscope = Object.assign(window.layerscope || {}, { listenToKeys });
})();
