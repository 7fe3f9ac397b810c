/* The panel beside a map shows the cell that is pointed at, at once: from what is in the browser, in the same task as
   the event. It lies over what is kept there, which comes back, scrolled as it was, when the pointer leaves. */

/** @import { Cell, MapState } from "../map/types.js" */
import { element } from "../base/elements.js";
import { on } from "../base/events.js";
import { actualNext, guesses, moreValues, ownValue, place } from "../map/cell_words.js";
import { sameCell } from "../map/cells.js";
import { isPanelBeside } from "../map/room.js";
import { partOf } from "../map/state.js";

/** @type {Map<MapState, Cell | null>} */
const pointedAt = new Map();

export function startHovered() {
  on("hover", ({ map, cell }) => {
    pointedAt.set(map, cell);
    show(map);
  });
  on("opened", ({ map }) => show(map));
  on("renewed", ({ map }) => {
    pointedAt.delete(map);
    show(map);
  });
}

/** The open cell is there already, with more than is known here. @param {MapState} map */
function show(map) {
  const box = partOf(map, "hovered");
  if (!box) return;
  const cell = pointedAt.get(map);
  const isShown = Boolean(cell) && isPanelBeside(map) && !sameCell(cell, map.open);
  if (isShown) box.replaceChildren(...contents(cell));
  partOf(map, "panel").toggleAttribute("data-hovered", isShown);
}

/** @param {Cell} cell */
function* contents(cell) {
  const { meta } = cell.map;
  const title = element("h2", "cell-title");
  title.append(element("code", "", meta.tokens[cell.column]), element("span", "", `layer ${meta.layers[cell.row]}`));
  yield title;
  yield place(cell);
  yield ownValue(cell);
  yield* moreValues(cell);
  yield* actualNext(cell);
  yield* guesses(cell);
  yield element("p", "muted keep", meta.predictions
    ? "Click to keep this cell: paths through the layers, what the layer wrote, attention, neurons."
    : "Click to keep this cell.");
}
