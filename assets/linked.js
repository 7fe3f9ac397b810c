/* Two maps and their difference point at the same tokens and layers: what is hovered, opened, pinned or
   zoomed on one is hovered, opened, pinned or zoomed on the others, where it has a partner there
   (dashboard/maps/synced_maps.py). */
(function () {
  "use strict";

  const REST = 150; // ms after which maps that were drawn together are all there
  const groups = new Map(); // partners, by the store they came in
  const sent = {}; // the ranges that each map was told last, to know their echo by
  const renewed = new Set(); // maps of something else than before
  let isLed = false; // while one map leads the others, what these tell is an echo
  let timer = null;

  /* Dash calls this with the partners: of every column of any map the three that belong together. */
  function linkMaps(found) {
    const from = [0, 1, 2].map((at) => new Map((found?.columns || []).map((column) => [column[at], column])));
    groups.set(window.dash_clientside.callback_context.inputs_list[0].id, found && { ...found, from });
    later();
  }

  const partnersOf = ({ prefix }) => [...groups.values()].find((found) => found?.maps.includes(prefix));

  /* Where a column and a row of one map are in another of its group; null where they have no partner. */
  function columnIn(map, other, column) {
    const { maps, from } = partnersOf(map);
    return from[maps.indexOf(map.prefix)].get(column)?.[maps.indexOf(other.prefix)] ?? null;
  }

  function rowIn(map, other, row) {
    const { maps, rightOfLeft, leftOfRight, hasRowsOfLeft } = partnersOf(map);
    const [from, to] = [map, other].map(({ prefix }) => maps.indexOf(prefix));
    const isOfLeft = from === 0 || (from === 2 && hasRowsOfLeft);
    const rows = isOfLeft ? [row, rightOfLeft[row]] : [leftOfRight[row], row];
    return [...rows, hasRowsOfLeft ? rows[0] : rows[1]][to] ?? null;
  }

  function partner(map, other, cell) {
    const [row, column] = cell ? [rowIn(map, other, cell.row), columnIn(map, other, cell.column)] : [null, null];
    return row === null || column === null ? null : { row, column };
  }

  function others(map) {
    const { maps, hasDifference } = partnersOf(map);
    return maps.slice(0, hasDifference ? 3 : 2).filter((prefix) => prefix !== map.prefix)
      .map(window.layerscope.mapOf).filter((other) => other.meta);
  }

  function lead(map, act) {
    if (!partnersOf(map) || isLed || map.drawing || map.restoring) return;
    isLed = true;
    for (const other of others(map)) act(other);
    isLed = false;
  }

  const openAlong = (map, other) => window.layerscope.setOpen(other, partner(map, other, map.open));
  const pinAlong = (map, other) => window.layerscope.setPins(other,
    map.pins.map((cell) => partner(map, other, cell)).filter(Boolean));

  const follow = (what, act) => document.addEventListener(`layerscope:${what}`, ({ detail: { map, cell } }) =>
    lead(map, (other) => act(map, other, cell)));

  follow("hover", (map, other, cell) => window.layerscope.point(other, partner(map, other, cell)));
  follow("opened", openAlong);
  follow("pins", pinAlong);

  // A zoom is told again once it has been drawn: by its ranges it is known for what was sent.
  document.addEventListener("layerscope:zoom", ({ detail: { map, x, y } }) => {
    if (near(sent[map.prefix], { x, y })) return;
    delete sent[map.prefix];
    lead(map, (other) => zoomAlong(map, other, { x, y }));
  });

  document.addEventListener("layerscope:restored", ({ detail: { map, x, y } }) => {
    sent[map.prefix] = { x, y };
  });

  const near = (one, other) => one && ["x", "y"].every((axis) =>
    one[axis].every((edge, at) => Math.abs(edge - other[axis][at]) < 0.01));

  function zoomAlong(map, other, { x, y }) {
    const { visible, zoomTo, clamp } = window.layerscope;
    const rows = y.map((edge, at) => clamp(Math.round(edge + (at ? -0.501 : 0.501)), map.rows));
    const ranges = { x: rangeIn(visible(map, x), map.columns, other.columns, (at) => columnIn(map, other, at)),
                     y: rangeIn(rows, map.rows, other.rows, (at) => rowIn(map, other, at)) };
    if (!ranges.x || !ranges.y) return;
    sent[other.prefix] = ranges;
    zoomTo(other, ranges);
  }

  /* From the first partner in view to the last; all where all is in view, null where none is. */
  function rangeIn([first, last], size, otherSize, find) {
    if (first === 0 && last === size - 1) return [-0.5, otherSize - 0.5];
    const places = Array.from({ length: last - first + 1 }, (_, at) => find(first + at)).filter((at) => at !== null);
    return places.length ? [Math.min(...places) - 0.5, Math.max(...places) + 0.5] : null;
  }

  document.addEventListener("layerscope:drawn", ({ detail: { map, changed, restored } }) => {
    if (changed && !restored) renewed.add(map.prefix);
    later();
  });

  function later() {
    clearTimeout(timer);
    timer = setTimeout(agree, REST);
  }

  /* A map that was drawn anew has neither zoom nor pins: it takes after the one that was there. */
  function agree() {
    for (const found of groups.values()) {
      const [left, right, difference] = (found?.maps || []).map((prefix) => renewed.has(prefix));
      if (left !== right || (difference && !left)) follows(found.maps[left ? 1 : 0]);
    }
    renewed.clear();
  }

  function follows(prefix) {
    const leader = window.layerscope.mapOf(prefix);
    const { xaxis, yaxis } = window.layerscope.graph(leader)?.layout || {};
    if (!leader.meta || !xaxis?.range) return;
    lead(leader, (other) => {
      if (!renewed.has(other.prefix)) return;
      openAlong(leader, other);
      pinAlong(leader, other);
      zoomAlong(leader, other, { x: xaxis.range, y: yaxis.range });
    });
  }

  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, { linkMaps });
})();
