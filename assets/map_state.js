/* What a link says of one map besides its numbers: the ranges, the opened cell and the pins. */
(function () {
  "use strict";

  const REVISION = 16; // characters of it are enough to tell two apart
  const cellOf = ({ row, column }) => [row, column];
  const named = ([row, column]) => ({ row, column });
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function mapState(map) {
    const { xaxis, yaxis } = window.layerscope.graph(map)?.layout || {};
    const ranges = [["x", xaxis?.range, map.columns], ["y", yaxis?.range, map.rows]]
      .filter(([, range, size]) => range && (range[0] > -0.499 || range[1] < size - 0.501))
      .map(([axis, range]) => [axis, range.map((edge) => Math.round(1000 * edge) / 1000)]);
    return { ...Object.fromEntries(ranges), revision: map.meta.madeBy?.revision.slice(0, REVISION),
             ...(map.open ? { open: cellOf(map.open) } : {}), pins: map.pins.map(cellOf) };
  }

  /* The ranges of a state, or the whole map. */
  const rangesOf = (map, { x, y }) => ({ x: x || [-0.5, map.columns - 0.5], y: y || [-0.5, map.rows - 0.5] });

  /* On a map that is drawn. Each map of a link has a state of its own: none leads another meanwhile. */
  function showState(map, state) {
    const ranges = rangesOf(map, state);
    map.restoring = true;
    window.layerscope.tell(map, "restored", ranges);
    window.layerscope.zoomTo(map, ranges);
    showCells(map, state);
    map.restoring = false;
  }

  function showCells(map, { open, pins }) {
    const inside = ([row, column]) => row < map.rows && column < map.columns
      && !window.layerscope.isMissing(map, column);
    const cells = (pins || []).filter(inside).map(named);
    if (!same(cells, map.pins)) window.layerscope.setPins(map, cells);
    const cell = open && inside(open) ? named(open) : null;
    if (cell?.row !== map.open?.row || cell?.column !== map.open?.column) window.layerscope.setOpen(map, cell);
  }

  /* On a map that is about to be drawn: the ranges to draw. */
  function restoreState(map, state) {
    const { x, y } = rangesOf(map, state);
    const ranges = { xaxis: { range: x }, yaxis: { range: y } };
    window.layerscope.tellSliders(map, ranges);
    showCells(map, state);
    return ranges;
  }

  window.layerscope = Object.assign(window.layerscope || {}, { mapState, showState, restoreState });
})();
