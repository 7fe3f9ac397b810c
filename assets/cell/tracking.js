/* Tokens that are clicked to be tracked: in the menu "Track a token", among the predictions of an opened cell, in the
   line of next tokens, and by key in the map. The server makes a measure of them (dashboard/map_card/tracking.py). */

/** @import { MapState, Place } from "../map/types.js" */
import { firstInputId, propsOf, setProps } from "../base/dash_internals.js";
import { on, onPage } from "../base/events.js";
import { positionOf } from "../map/cells.js";
import { likeliestId } from "../map/predictions.js";
import { mapOf, mapOfId, partOf } from "../map/state.js";

/**
 * @typedef {object} Chosen
 * @property {number} [token]
 * @property {number | null} [other] the token that it is compared with
 * @property {string} [shown] "probability" or "rank"
 */

/** The model of every map when it was drawn last. @type {Map<MapState, string>} */
const models = new Map();

export function startTracking() {
  on("drawn", ({ map }) => follow(map));
  onPage("click", ({ target }) => {
    const clicked = target.closest?.("[data-track]");
    if (!clicked) return;
    const isOther = Boolean(clicked.closest('[data-which="other"]'));
    track(mapAround(clicked), { [isOther ? "other" : "token"]: Number(clicked.dataset.track) });
  });
}

/** The control follows what the map tracks. Another model has other tokens: what was offered of the last one goes.
    @param {MapState} map */
function follow(map) {
  if (!partOf(map, "shown") || !map.meta.madeBy) return;
  const { shown } = trackedBy(map);
  if (shown && propsOf(`${map.prefix}-shown`).value !== shown) setProps(`${map.prefix}-shown`, { value: shown });
  const { model } = map.meta.madeBy;
  if (models.get(map) && models.get(map) !== model) {
    for (const part of ["token", "other"]) setProps(`${map.prefix}-${part}`, { value: "" });
  }
  models.set(map, model);
}

/** The map whose control, card or panel holds an element. @param {HTMLElement} element */
function mapAround(element) {
  const control = /** @type {HTMLElement | null} */ (element.closest("[data-map]"));
  return control ? mapOf(control.dataset.map) : mapOfId(element.closest('[id$="-panel"], [id$="-card"]').id);
}

/** Track the likeliest next token of a cell. @param {MapState} map @param {Place} cell */
export function trackWord(map, { row, column }) {
  const id = likeliestId(map, row, positionOf(map, column));
  if (id !== null) track(map, { token: id });
}

/** Dash calls this when probability or rank is chosen; only a person's choice asks for anything. */
export function showTracked(shown) {
  const map = mapOfId(firstInputId());
  const { token } = trackedBy(map);
  if (token !== undefined && trackedBy(map).shown !== shown) track(map, { shown, other: null });
}

/** What a map tracks now. @param {MapState} map @returns {Chosen} */
function trackedBy(map) {
  const { ids = [], measure = "" } = propsOf(`${map.prefix}-offers`)?.data?.tracked || {};
  const isNow = propsOf(`${map.prefix}-measure`)?.value === measure;
  if (!isNow || !ids.length) return {};
  return { token: ids[0], other: ids[1] ?? null, shown: measure.startsWith("token rank") ? "rank" : "probability" };
}

/** A new first token is shown alone; another one is set against the first.
    @param {MapState} map @param {Chosen} change */
function track(map, change) {
  const now = trackedBy(map);
  const shown = partOf(map, "shown") ? propsOf(`${map.prefix}-shown`)?.value : "probability";
  const data = { ...now, shown, ...("token" in change ? { other: null } : {}), ...change };
  if (data.token === undefined) data.token = data.other; // there is none yet that it could be set against
  setProps(`${map.prefix}-tracking`, { data: { ...data, at: Date.now() } });
}
