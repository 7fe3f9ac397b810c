/* A sentence of the reading outlines the cells it is about, which come into the window; clicked again, it removes the
   outlines. */

/** @import { MapState } from "../map/types.js" */
import { onPage } from "../base/events.js";
import { scaleOf } from "../base/plotly_internals.js";
import { boxOf } from "../map/outlines.js";
import { graph, mapOfId } from "../map/state.js";
import { redraw } from "../map/view.js";

const MARGIN = 24; // pixels around the cells

export function startReading() {
  onPage("click", (event) => {
    const sentence = event.target.closest?.(".observation");
    const reading = sentence?.closest("[id$=-reading]");
    if (!reading) return;
    const on = sentence.getAttribute("aria-pressed") !== "true";
    for (const other of reading.querySelectorAll(".observation[aria-pressed]")) {
      other.removeAttribute("aria-pressed");
    }
    if (on) sentence.setAttribute("aria-pressed", "true");
    const map = mapOfId(reading.id);
    map.regions = on ? JSON.parse(sentence.dataset.regions) : [];
    redraw(map);
    if (on) bringIntoWindow(map);
  });
}

/** Scroll as little as is needed to see the cells, as far as the window has room for them. @param {MapState} map */
function bringIntoWindow(map) {
  const figure = graph(map);
  const corners = map.regions.flatMap((region) => [
    boxOf(map, { row: region.last_row, column: region.first_position }),
    boxOf(map, { row: region.first_row, column: region.last_position })]).filter(Boolean);
  if (!figure || !corners.length) return;
  const { top } = figure.getBoundingClientRect();
  const scale = scaleOf(figure);
  const first = top + scale * Math.min(...corners.map((corner) => corner.top)) - MARGIN;
  const last = top + scale * Math.max(...corners.map((corner) => corner.top + corner.height)) + MARGIN;
  const down = first < 0 ? first : Math.min(first, Math.max(0, last - window.innerHeight));
  if (down) window.scrollBy({ top: down });
}
