/* The maps of Compare point at the same tokens and layers: what is hovered, opened, pinned or zoomed on
   one is hovered, opened, pinned or zoomed on the others, where it has a partner there. */
(function () {
  "use strict";

  const [LEFT, RIGHT, BOTH] = ["left", "right", "difference"];
  const SETTLED = 500; // ms in which what a map tells is the echo of what it was told
  const told = {};
  let partners = null;

  /* Dash calls this with the partners; a difference that does not exist is not shown. */
  function linkSides(found) {
    partners = found;
    return found && !found.hasDifference ? "difference is-absent" : "difference";
  }

  const isOurs = ({ prefix }) => partners && [LEFT, RIGHT, BOTH].includes(prefix);

  /* Columns and rows on the left and on the right of a cell of any of the maps; null where it has none. */
  function bothSides({ prefix }, { row, column }) {
    const { columns, rightOfLeft, leftOfRight, leftIsDeeper } = partners;
    const at = prefix === BOTH ? column
      : columns.findIndex((pair) => pair[prefix === LEFT ? 0 : 1] === column);
    const onLeft = prefix === LEFT || (prefix === BOTH && leftIsDeeper);
    const rows = onLeft ? [row, rightOfLeft[row]] : [leftOfRight[row], row];
    if (at < 0 || !columns[at]) return null;
    return { at, columns: columns[at], rows };
  }

  function cellIn(prefix, sides) {
    const { at, columns, rows } = sides;
    if (prefix === LEFT) return { row: rows[0], column: columns[0] };
    if (prefix === RIGHT) return { row: rows[1], column: columns[1] };
    return { row: partners.leftIsDeeper ? rows[0] : rows[1], column: at };
  }

  function others(map) {
    const names = [LEFT, RIGHT, ...(partners.hasDifference ? [BOTH] : [])];
    return names.filter((name) => name !== map.prefix).map(window.layerscope.mapOf)
      .filter((other) => other.meta);
  }

  const follow = (what, act) => document.addEventListener(`layerscope:${what}`, ({ detail }) => {
    const { map } = detail;
    if (!isOurs(map) || performance.now() - (told[`${what} ${map.prefix}`] || -Infinity) < SETTLED) return;
    for (const other of others(map)) {
      told[`${what} ${other.prefix}`] = performance.now();
      act(map, other, detail);
    }
  });

  const partner = (map, other, cell) => {
    const sides = cell && bothSides(map, cell);
    return sides ? cellIn(other.prefix, sides) : null;
  };

  // A hover tells nothing back, so nothing need settle.
  document.addEventListener("layerscope:hover", ({ detail: { map, cell } }) => {
    if (!isOurs(map)) return;
    for (const other of others(map)) window.layerscope.point(other, partner(map, other, cell));
  });

  follow("opened", (map, other, { cell }) => window.layerscope.setOpen(other, partner(map, other, cell)));

  follow("pins", (map, other, { cells }) => window.layerscope.setPins(other,
    cells.map((cell) => partner(map, other, cell)).filter(Boolean)));

  follow("zoom", zoomAlong);

  /* From the first partner in view to the last. */
  function zoomAlong(map, other, { x, y }) {
    const [first, last] = window.layerscope.visible(map, x);
    const seen = [];
    for (let column = first; column <= last; column++) {
      const cell = partner(map, other, { row: 0, column });
      if (cell) seen.push(cell.column);
    }
    if (!seen.length) return;
    const share = (other.rows - 1) / Math.max(1, map.rows - 1);
    const rows = [Math.round(y[0] + 0.501), Math.round(y[1] - 0.501)].map((row) => Math.round(row * share));
    const all = first === 0 && last === map.columns - 1;
    window.layerscope.zoomTo(other, {
      x: all ? [-0.5, other.columns - 0.5] : [Math.min(...seen) - 0.5, Math.max(...seen) + 0.5],
      y: [rows[0] - 0.5, rows[1] + 0.5] });
  }

  /* From another view: its text, model and measure on both sides, to change one of them. */
  async function compareWith({ meta: { request, measure, study } }) {
    if (!request.text) throw new Error("Compare takes texts; this map is of an answer's tokens.");
    const set = (id, value) => window.dash_clientside.set_props(id, { value });
    for (const side of [LEFT, RIGHT]) {
      window.layerscope.addChoice(`${side}-model`, request.model);
      set(`${side}-text`, request.text);
      set(`${side}-model`, request.model);
      if (measure && !study) set(`${side}-measure`, measure);
    }
    window.layerscope.isBegun("compare");
    window.location.hash = "#compare";
    window.dash_clientside.set_props("compare-begin", { data: { at: Date.now() } });
    return "";
  }

  window.layerscope = Object.assign(window.layerscope || {}, { compareWith });
  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, { linkSides });
})();
