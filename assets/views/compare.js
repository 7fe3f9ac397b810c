/* What a side of Compare holds, and a link that puts another view's map on both. */

/** @import { MapState } from "../map/types.js" */
import { mapState } from "../links/map_state.js";
import { linkTo } from "../links/record.js";
import { offerSites } from "../page/choices.js";

const SIDES = ["left", "right"];

/** Dash calls this when a side is to hold a text, or a question. */
export const showKind = (kind) => `side is-${kind}`;

/** Dash calls this with the partners; a difference that does not exist is not shown. */
export const showDifference = (found) => (found && !found.hasDifference ? "difference is-absent" : "difference");

/** Dash calls this with a side's measure and its choices; Compare has no probe scores. */
export const offerSideSites = (measure, offers, chosen) =>
  offerSites(measure, offers, null, chosen);

/** Go to Compare with what a map shows on both sides, where one of them can be changed. @param {MapState} map */
export async function compareWith(map) {
  const { request, log10, study } = map.meta;
  const { measure, site } = study ? {} : map.meta; // Compare has no probe scores
  const { axis, ...asked } = request;
  const side = asked.question
    ? { kind: "question", question: asked.question, answer: asked }
    : { kind: "text", text: asked.text, special_tokens: asked.special_tokens };
  const both = Object.entries({ ...side, model: asked.model, measure, site }).filter(([, value]) => value != null);
  const parts = SIDES.flatMap((name) => both.map(([part, value]) => [`${name}_${part}`, value]));
  const columns = axis && { axis, align: axis === "all tokens" ? "position" : "name" };
  const state = mapState(map);
  window.location.hash = await linkTo("compare", {
    parts: { ...Object.fromEntries(parts), align: "position", ...columns, scale: log10 ? "log10" : "raw" },
    maps: Object.fromEntries(SIDES.map((name) => [name, state])) });
  return "";
}
