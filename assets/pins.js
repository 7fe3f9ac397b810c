/* Which cell of a map is open, and which are pinned beside it. */
(function () {
  "use strict";

  const DOUBLE_CLICK = 500;
  const set = (map, part, props) => window.dash_clientside.set_props(`${map.prefix}-${part}`, props);
  const same = (one, other) => one && other && one.row === other.row && one.column === other.column;

  let clickedAt = 0;

  /* Opens a cell; the one that is open already is closed. */
  function clicked(cell, event) {
    const now = performance.now();
    if (now - clickedAt > DOUBLE_CLICK) cell.map.before = cell.map.open;
    clickedAt = now;
    if (event) window.layerscope.showTooltip(cell, event); // a finger has no other way to hover
    toggle(cell.map, cell);
  }

  function toggle(map, cell) {
    setOpen(map, same(map.open, cell) ? null : { row: cell.row, column: cell.column });
  }

  function setOpen(map, cell) {
    map.open = cell;
    set(map, "opened", { data: cell && asked(map, cell) });
    window.layerscope.redraw(map);
    window.layerscope.tell(map, "opened", { cell });
  }

  const undoOpen = (map) => setOpen(map, map.before);

  /* What the server is asked for: the map's own request, and which cell of it. */
  const asked = (map, { row, column }) =>
    ({ ...map.meta.request, row, position: window.layerscope.positionOf(map, column) });

  function setPins(map, cells) {
    map.pins = cells.map(({ row, column }) => ({ row, column }));
    set(map, "pins", { data: map.pins.map((cell) => asked(map, cell)) });
    window.layerscope.redraw(map);
    window.layerscope.tell(map, "pins", { cells: map.pins });
  }

  function forgetPins(map) {
    Object.assign(map, { open: null, before: null, pins: [] });
    set(map, "opened", { data: null });
    set(map, "pins", { data: [] });
  }

  window.layerscope = Object.assign(window.layerscope || {}, {
    clicked, toggle, setOpen, undoOpen, setPins, forgetPins });
})();
