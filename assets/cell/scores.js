/* The probe score of the open cell and of the pinned ones: asked for when they are on screen, for it may take
   longer than all the rest, and put into the places that dashboard/cell/score.py keeps for it. */

/** @import { MapState } from "../map/types.js" */
import { firstInputId, noUpdate } from "../base/dash_internals.js";
import { cellRequest } from "../map/cells.js";
import { mapOfId } from "../map/state.js";

/** @param {MapState} map */
const isOf = (map, cell) => JSON.stringify(cell) === JSON.stringify(cellRequest(map, cell));

/** Dash calls this when a cell is opened or pinned, or another probe chosen; without cells nothing is asked. */
export function askScores(opened, table, study, site, probe, offers, pins) {
  const map = mapOfId(firstInputId());
  const cells = [...(opened ? [opened] : []), ...(table && pins ? pins : [])].filter((cell) => isOf(map, cell));
  return cells.length && offers ? { cells, study, site, probe } : noUpdate();
}

/** Dash calls this with the scores. Each is written only at its own cell, and only while the map shows the text
    that it was asked for. */
export function writeScores(scored) {
  const map = mapOfId(firstInputId());
  for (const { cell, score } of scored || []) {
    if (!isOf(map, cell)) continue;
    const at = `[data-at="${cell.row} ${cell.column}"]`;
    const places = document.querySelectorAll(`:is(#${map.prefix}-cell, #${map.prefix}-compared) ${at}`);
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (places)) {
      place.textContent = score[place.dataset.score];
    }
  }
}
