/* Which cell of a map is open, and which are pinned to be compared. */

/** @import { MapState, Place } from "../map/types.js" */
import { emit, on, onPage } from "../base/events.js";
import { cellRequest, sameCell } from "../map/cells.js";
import { outline } from "../map/outlines.js";
import { mapOfId, partOf, setPart } from "../map/state.js";
import { redraw } from "../map/view.js";
import { showCell } from "./open_cell.js";

const MOST_PINS = 6;

/** Open a cell, or close it if it is open. @param {MapState} map @param {Place} cell */
export function toggle(map, cell) {
  setOpen(map, sameCell(map.open, cell) ? null : { row: cell.row, column: cell.column });
}

/** Open a cell; null closes the one that is open. @param {MapState} map @param {Place | null} cell */
export function setOpen(map, cell) {
  map.open = cell;
  outline(map);
  showCell(map, cell);
  emit("opened", { map, cell });
}

/** Pin a cell, or unpin it if it is pinned; the oldest pin makes room. @param {MapState} map @param {Place} cell */
export function togglePin(map, cell) {
  const others = map.pins.filter((pin) => !sameCell(pin, cell));
  const pins = others.length < map.pins.length ? others : [...map.pins, cell].slice(-MOST_PINS);
  setPins(map, pins);
}

/** @param {MapState} map @param {Place[]} cells */
export function setPins(map, cells) {
  map.pins = cells.map(({ row, column }) => ({ row, column }));
  setPart(map, "pins", { data: map.pins.map((cell) => cellRequest(map, cell)) });
  markButton(map);
  redraw(map);
  emit("pins", { map, cells: map.pins });
}

/** Another text: what was opened and pinned was not in it. @param {{ map: MapState }} renewed */
function forgetCells({ map }) {
  const { open, pins } = map;
  Object.assign(map, { open: null, before: null, tapped: null, pins: [] });
  if (pins.length) setPart(map, "pins", { data: [] });
  if (!open) return;
  showCell(map, null);
  setPart(map, "opened", { data: null }); // at once: a link may open a cell of the next text right away
}

/** The panel's Pin button says whether its cell is pinned. @param {MapState} map */
function markButton(map) {
  const button = partOf(map, "cell")?.querySelector(".pin");
  if (!button) return;
  const at = map.pins.findIndex((pin) => sameCell(pin, map.open));
  button.setAttribute("aria-pressed", String(at >= 0));
  button.textContent = at >= 0 ? `Pinned ${at + 1}` : "Pin";
}

/** The buttons of an opened cell and of the table of pinned ones. */
function press({ target }) {
  const owner = target.closest?.("[id$=-cell], [id$=-compared]");
  const button = target.closest?.("button");
  if (!owner || !button) return;
  const map = mapOfId(owner.id);
  const pinned = map.pins[button.dataset.pin];
  if (button.matches(".pin") && map.open) togglePin(map, map.open);
  if (button.matches(".close")) setOpen(map, null);
  if (button.matches(".open-pin") && pinned) setOpen(map, pinned);
  if (button.matches(".unpin") && pinned) togglePin(map, pinned);
}

export function startPins() {
  on("renewed", forgetCells);
  onPage("click", press);
  new MutationObserver((changes) => {
    for (const change of changes) {
      const target = /** @type {Element} */ (change.target);
      const cell = target.matches?.("[data-parts], [id$=-cell]") && target.closest("[id$=-cell]");
      if (cell) markButton(mapOfId(cell.id));
    }
  }).observe(document, { childList: true, subtree: true });
}
