/* The maps of the page. Each has one state, made when it is first asked for and named by its prefix. */

/** @import { MapState } from "./types.js" */
import { graphOf } from "../base/plotly_internals.js";
import { setProps } from "../base/dash_internals.js";

/** @type {Record<string, MapState>} */
export const maps = {};

/**
 * @param {string} prefix
 * @returns {MapState}
 */
export function mapOf(prefix) {
  maps[prefix] = maps[prefix] || {
    prefix, key: null, subject: null, figure: null, profiles: "layers", room: "", meta: null,
    z: null, rows: 0, columns: 0, centre: null, isSink: null,
    isMaskedRow: null, isMaskedColumn: null, gap: 0, width: 1, source: null, ranges: null,
    cursor: null, hovered: null, open: null, before: null, tapped: null, byFinger: false, pins: [], regions: [],
    base: { shapes: [], annotations: [] }, nMarks: 0, cellText: "automatic", predictions: { key: null, wanted: null } };
  return maps[prefix];
}

/** The map whose part has this id: a part's own name has no hyphen. */
export const mapOfId = (id) => mapOf(id.slice(0, id.lastIndexOf("-")));

/** The element that Plotly drew the map in. @param {MapState} map */
export const graph = (map) => graphOf(map.prefix);

/** A part of the map's card by its name, or null. @param {MapState} map @param {string} name */
export const partOf = (map, name) => document.getElementById(`${map.prefix}-${name}`);

/** @param {MapState} map @param {string} name @param {Record<string, any>} props */
export const setPart = (map, name, props) => setProps(`${map.prefix}-${name}`, props);
