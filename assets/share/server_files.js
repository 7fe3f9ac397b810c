/* A map's numbers as files that the server writes, and requests that carry a file. */

/** @import { MapState } from "../map/types.js" */
import { addressOf } from "../base/dash_internals.js";
import { mapState } from "../links/map_state.js";
import { rowsInView, visible } from "../map/cells.js";
import { graph } from "../map/state.js";
import { download, fileName } from "./download.js";

/** @param {MapState} map @param {string} kind csv, json or npz */
export async function saveFile(map, kind) {
  const { xaxis, yaxis } = graph(map).layout;
  const { request, view } = map.meta;
  const answer = await post(`export/${map.prefix}/${kind}`, "application/json", JSON.stringify({
    request, ...view, sinks: map.meta.withSinks, cells: map.cellText, profiles: map.profiles, shown: mapState(map),
    columns: visible(map, xaxis.range), rows: rowsInView(map, yaxis.range) }));
  return download(await answer.blob(), fileName(map, kind));
}

/** Ask the server; what it refuses becomes an error with its own sentence. */
export async function post(address, type, body) {
  const answer = await fetch(addressOf(address), {
    method: "POST", headers: { "Content-Type": type }, body }).catch(() => {
    throw new Error("The server does not answer. Try again.");
  });
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  throw new Error(said.error || `The server answered ${answer.status}.`);
}
