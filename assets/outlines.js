/* Outlines of the cell that is open and of the one that is pointed at: boxes over the map, for these follow
   every click and key, and Plotly would take longer to draw one than a cell takes to open. */
(function () {
  "use strict";

  /* Also after every zoom and change of size, when the cells have moved. */
  function outline(map) {
    const element = window.layerscope.graph(map);
    if (!element?._fullLayout?.xaxis) return;
    frame(element, "is-open", map.open);
    frame(element, "is-pointed-at", map.cursor);
  }

  function frame(element, name, cell) {
    const old = element.querySelector(`:scope > .outline.${name}`);
    const place = cell && placeOf(element._fullLayout, cell);
    if (!place) return old?.remove();
    const box = old || element.appendChild(document.createElement("div"));
    box.className = `outline ${name}`;
    for (const [side, pixels] of Object.entries(place)) box.style[side] = `${pixels}px`;
    return box;
  }

  /* Where a cell is within the figure, or null where a zoom has left it out. */
  function placeOf({ xaxis, yaxis }, { row, column }) {
    const [left, width] = span(xaxis, column - 0.5, column + 0.5);
    const [top, height] = span(yaxis, row + 0.5, row - 0.5);
    return width > 0 && height > 0 ? { left, top, width, height } : null;
  }

  function span(axis, from, to) {
    const [start, end] = [from, to].map((at) => Math.min(axis._length, Math.max(0, axis.d2p(at))));
    return [axis._offset + start, end - start];
  }

  window.layerscope = Object.assign(window.layerscope || {}, { outline });
})();
