/* The box beside the cell that is pointed at. It is small where the panel beside the map says the rest, and says all
   there is where no panel is in sight. It never lies over the cell itself, nor over its row and column if there is
   room elsewhere. One tooltip serves every map of the page. */

/** @import { Cell } from "./types.js" */
import { element } from "../base/elements.js";
import { emit } from "../base/events.js";
import { valueText } from "../base/numbers.js";
import { columnName, firstGuess, guesses, heading, moreValues, ownValue, place } from "./cell_words.js";
import { boxOf } from "./outlines.js";
import { scaleOf } from "../base/plotly_internals.js";
import { topOf } from "./predictions.js";
import { isPanelBeside } from "./room.js";
import { graph, partOf } from "./state.js";

const AWAY = 6; // pixels from the cell

let box = null;
/** @type {Cell | null} */
let shown = null;

/** @param {Cell} cell */
export function showTooltip(cell) {
  shown = cell;
  box = box || document.body.appendChild(element("div", "tooltip"));
  box.setAttribute("role", "status");
  const isSmall = isPanelBeside(cell.map);
  box.classList.toggle("is-small", isSmall);
  box.replaceChildren(...(isSmall ? [heading(cell), ...columnName(cell), ownValue(cell), ...firstGuess(cell)]
    : [heading(cell), place(cell), ownValue(cell), ...moreValues(cell), ...guesses(cell)]));
  box.classList.add("is-shown");
  putBeside(cell);
}

export function hideTooltip() {
  shown = null;
  if (box) box.classList.remove("is-shown");
}

/** Its predictions have come. */
export function refreshTooltip() {
  if (!shown) return;
  showTooltip(shown);
  emit("hover", { map: shown.map, cell: shown });
}

/** One line for screen readers. @param {Cell} cell */
export function say(cell) {
  const { map, row, column, position, value } = cell;
  const { meta } = map;
  const top = meta.predictions && topOf(cell);
  const where = meta.names?.[column] || `position ${position}`;
  partOf(map, "live").textContent = `layer ${meta.layers[row]}, ${where}, `
    + `token ${meta.tokens[column]}, ${valueText(value, meta.unit, meta.whole)}${top ? `, next ${top[0].text}` : ""}`;
}

/** Pixels of a scaled element as pixels of the window.
    @template {Record<string, number>} Box @param {Box} box @param {number} scale @returns {Box} */
const inWindow = (box, scale) =>
  /** @type {Box} */ (Object.fromEntries(Object.entries(box).map(([side, pixels]) => [side, pixels * scale])));

/** Right of the cell and below it, or on the other side where the window ends. @param {Cell} cell */
function putBeside(cell) {
  const figure = graph(cell.map);
  const { left: x0, top: y0 } = figure.getBoundingClientRect();
  const around = inWindow(boxOf(cell.map, cell) || { left: 0, top: 0, width: 0, height: 0 }, scaleOf(figure));
  const [left, top] = [x0 + around.left, y0 + around.top];
  const zoom = scaleOf(box);
  const { width, height } = inWindow({ width: box.offsetWidth, height: box.offsetHeight }, zoom);
  const beyond = left + around.width + AWAY;
  const under = top + around.height + AWAY;
  const x = beyond + width < window.innerWidth - 8 ? beyond : left - AWAY - width;
  const y = under + height < window.innerHeight - 8 ? under : top - AWAY - height;
  const kept = Math.min(Math.max(8, y), window.innerHeight - height - 8);
  box.style.transform = `translate(${Math.round(Math.max(8, x) / zoom)}px, ${Math.round(kept / zoom)}px)`;
}
