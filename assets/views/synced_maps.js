/* Two maps and their difference point at the same tokens and layers: a hover, an opened cell, a pin or a zoom on
   one is repeated on the others, where the cell has a partner there. */

/** @import { MapState } from "../map/types.js" */
/** @import { Partners } from "./partners.js" */
import { firstInputId } from "../base/dash_internals.js";
import { on } from "../base/events.js";
import { setOpen, setPins } from "../cell/pins.js";
import { graph, mapOf } from "../map/state.js";
import { point, zoomTo } from "../map/view.js";
import { partnerOf, rangesIn, withIndex } from "./partners.js";

const REST = 150; // milliseconds after which maps that were drawn together are all there

/** By the store they came in. @type {Map<string, Partners | null>} */
const groups = new Map();
const sent = {}; // the last ranges that each map was told, to recognise their echo
const renewed = new Set(); // maps of something else than before
let isLed = false; // while one map leads the others, the events of these are echoes
let timer = null;

export function startSyncedMaps() {
  follow("hover", (map, other, cell) => point(other, partner(map, other, cell)));
  follow("opened", openAlong);
  follow("pins", pinAlong);
  on("zoom", ({ map, x, y }) => { // a zoom is reported again once it has been drawn
    if (near(sent[map.prefix], { x, y })) return;
    delete sent[map.prefix];
    lead(map, (other) => zoomAlong(map, other, { x, y }));
  });
  on("restored", ({ map, x, y }) => { sent[map.prefix] = { x, y }; });
  on("drawn", ({ map, changed, restored }) => {
    if (changed && !restored) renewed.add(map.prefix);
    agreeLater();
  });
}

/** Dash calls this with the partners of two maps; null unlinks them. @param {Partners | null} found */
export function syncMaps(found) {
  groups.set(firstInputId(), found && withIndex(found));
  agreeLater();
}

const follow = (what, act) => on(what, ({ map, cell }) => lead(map, (other) => act(map, other, cell)));

const partnersOf = ({ prefix }) => [...groups.values()].find((found) => found?.maps.includes(prefix));
/** @param {MapState} map */
const partner = (map, other, cell) => partnerOf(partnersOf(map), map, other, cell);

/** Do this to the other maps of a map's group. @param {MapState} map @param {(other: MapState) => void} act */
function lead(map, act) {
  if (!partnersOf(map) || isLed || map.drawing || map.restoring) return;
  isLed = true;
  for (const other of others(map)) act(other);
  isLed = false;
}

/** @param {MapState} map */
function others(map) {
  const { maps, hasDifference } = partnersOf(map);
  return maps.slice(0, hasDifference ? 3 : 2).filter((prefix) => prefix !== map.prefix)
    .map(mapOf).filter((other) => other.meta);
}

/** @param {MapState} map */
const openAlong = (map, other) => setOpen(other, partner(map, other, map.open));
/** @param {MapState} map */
const pinAlong = (map, other) => setPins(other,
  map.pins.map((cell) => partner(map, other, cell)).filter(Boolean));

/** @param {MapState} map */
function zoomAlong(map, other, zoomed) {
  const ranges = rangesIn(partnersOf(map), map, other, zoomed);
  if (!ranges) return;
  sent[other.prefix] = ranges;
  zoomTo(other, ranges);
}

const near = (one, other) => one && ["x", "y"].every((axis) =>
  one[axis].every((edge, at) => Math.abs(edge - other[axis][at]) < 0.01));

function agreeLater() {
  clearTimeout(timer);
  timer = setTimeout(agree, REST);
}

/** A map of another text has neither zoom nor pins: it takes those of the map that was there. */
function agree() {
  for (const found of groups.values()) {
    const [left, right, difference] = (found?.maps || []).map((prefix) => renewed.has(prefix));
    if (left !== right || (difference && !left)) copyStateOf(found.maps[left ? 1 : 0]);
  }
  renewed.clear();
}

/** To the maps of its group that are of something else than before. */
function copyStateOf(prefix) {
  const leader = mapOf(prefix);
  const { xaxis, yaxis } = graph(leader)?.layout || {};
  if (!leader.meta || !xaxis?.range) return;
  lead(leader, (other) => {
    if (!renewed.has(other.prefix)) return;
    openAlong(leader, other);
    pinAlong(leader, other);
    zoomAlong(leader, other, { x: xaxis.range, y: yaxis.range });
  });
}
