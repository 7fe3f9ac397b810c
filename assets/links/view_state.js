/* A view's state: what a link holds of it, and whether a map is of what a link says. */

/** @import { LinkedView } from "./session.js" */
import { mapOf } from "../map/state.js";
import { mapState } from "./map_state.js";
import { askedOf, session, valueOf } from "./session.js";

export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** The state of a view; null while one of its maps has not been drawn, for then there is nothing to come back to. */
export function stateOf(view) {
  const { parts, maps, moreMaps } = session.links.views[view];
  const seen = moreMaps.filter((prefix) => document.getElementById(`${prefix}-card`)?.offsetParent);
  const drawn = [...maps, ...seen].map(mapOf);
  if (drawn.some((map) => !map.meta)) return null;
  const values = Object.fromEntries(parts.map((part) => [part.name, currentValue(part)]));
  return { parts: partsThatCount(parts, values),
           maps: Object.fromEntries(drawn.map((map) => [map.prefix, mapState(map)])) };
}

/** Of what a map's request holds, the map's own value counts: another may have been typed since. */
const currentValue = (part) => (part.fromRequest[0] ? askedOf(...part.fromRequest) : valueOf(part));

/** Those that have a value, and whose partner has the value that makes them count. */
export function partsThatCount(parts, values) {
  const counts = ({ name, onlyWith: [other, value] }) => values[name] != null && (!other || values[other] === value);
  return Object.fromEntries(parts.filter(counts).map(({ name }) => [name, values[name]]));
}

/** Whether a request is of something else than a part says; a key that it does not have does not matter. */
export function isOther(request, key, value) {
  if (!request) return true;
  return key ? key in request && !same(request[key], value) : !same(request, value);
}

/** What the parts of a link say of one map's request, as pairs of key and value. @param {LinkedView} linked */
export function requestOf(linked, prefix, parts) {
  const own = linked.parts.filter(({ name, fromRequest }) => fromRequest[0] === prefix && name in parts);
  return own.flatMap(({ name, fromRequest: [, key] }) =>
    (key ? [[key, parts[name]]] : Object.entries(parts[name])));
}
