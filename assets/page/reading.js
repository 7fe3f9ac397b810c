/* A sentence of the reading outlines the cells it is about; clicked again, it removes the outlines. */

import { onPage } from "../base/events.js";
import { mapOfId } from "../map/state.js";
import { redraw } from "../map/view.js";

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
  });
}
