/* What the page knows of links while it is open. dashboard/links/url_state.py declares the views whose state is in the
   address; a view's state is the values of its parts and, of each of its maps, the ranges, the opened cell and the
   pins. */

/** @import { LinkedMap } from "./map_state.js" */
import { mapOf } from "../map/state.js";
import { viewOf } from "../page/views.js";

/**
 * @typedef {object} LinkedPart a value of a view that a link holds
 * @property {string} name
 * @property {string} id
 * @property {string} property
 * @property {[string, string]} fromRequest the map whose request holds it, and the key; empty for none, or for all
 * @property {boolean} model whether it is a select box of models
 * @property {boolean} typed whether people type it
 * @property {[string, any]} onlyWith the part and its value without which this one is left out; empty for none
 *
 * @typedef {object} LinkedView
 * @property {LinkedPart[]} parts
 * @property {string[]} maps
 * @property {string[]} moreMaps that are not always on the page
 * @property {string} run the store that makes the view compute
 * @property {boolean} starts whether it computes something when it is first seen
 *
 * @typedef {object} Session
 * @property {{ views: Record<string, LinkedView>, version: number, most: number } | null} links as declared
 * @property {Record<string, any>} values of every part, by "id.property"
 * @property {Record<string, LinkedMap & { request: [string, any][] }>} wanted maps that a link is to bring back
 * @property {Set<string>} begun the views that have computed something
 * @property {string} followed the address that was followed or written last
 * @property {number} openingSince when an address was sent to the server's reader
 * @property {boolean} isTouched whether anybody has done anything since the address was followed
 * @property {Record<string, any> | null} typed to be put back once the view of the link has been computed
 * @property {number} idleLooks at maps that a link wants and that nobody computes
 */

const PATIENCE = 30000; // milliseconds for the reader of an address

/** @type {Session} */
export const session = {
  links: null, values: {}, wanted: {}, begun: new Set(), followed: "", openingSince: -Infinity, isTouched: true,
  typed: null, idleLooks: 0 };

/** Whether the server is still reading an address. */
export const isOpening = () => performance.now() - session.openingSince < PATIENCE;

/** The name of the view on screen. */
export function shownView() {
  const name = viewOf(window.location.hash);
  return session.links.views[name] ? name : Object.keys(session.links.views)[0];
}

/** What a map's request holds under a key, or all of it. */
export function askedOf(prefix, key) {
  const request = mapOf(prefix).meta?.request;
  return key ? request?.[key] : request;
}

/** The value of a part as it stands in the page. @param {LinkedPart} part */
export const valueOf = ({ id, property }) => session.values[`${id}.${property}`];
