/* The panel of the cell that is open: fetched as soon as a mouse button goes down on it, and put there as
   the server wrote it (page/static_html.js builds it). Where a callback makes a map's panel, only Dash is told. */

/** @import { MapState, Place } from "../map/types.js" */
import { addressOf, propsOf } from "../base/dash_internals.js";
import { on } from "../base/events.js";
import { cellRequest, sameCell } from "../map/cells.js";
import { outline } from "../map/outlines.js";
import { partOf, setPart } from "../map/state.js";
import { clearError, complain } from "../base/notice.js";

const ERROR = "page-error";
const NO_ANSWER = "The cell could not be fetched: the server does not answer. Click it again in a moment.";

/** @param {MapState} map */
const isFetched = (map) => partOf(map, "cell")?.hasAttribute("data-parts");

/** Dash asks every part of the page about whatever it is told: what people see at once comes first. */
const afterNextFrame = (act) => requestAnimationFrame(() => setTimeout(act));

/**
 * Show a cell, or that none is open; Dash hears of it when it is there.
 * @param {MapState} map
 * @param {Place | null} cell
 */
export async function showCell(map, cell) {
  announce(map, cell);
  if (!isFetched(map)) return afterNextFrame(() => tellDash(map, cell));
  if (!cell) return put(map, null, "[]");
  try {
    const parts = await askedFor(map, cell);
    if (map.open === cell) put(map, cell, parts);
    if (map.open === cell) withdraw();
  } catch (error) {
    if (map.open === cell) giveUp(map, error.sentence || NO_ANSWER);
  }
  return null;
}

/** @param {MapState} map */
function put(map, cell, parts) {
  partOf(map, "cell").dataset.parts = parts;
  markBusy(map, false);
  afterNextFrame(() => {
    if (map.open === cell) setPart(map, "opened", { data: cell && cellRequest(map, cell) });
  });
}

/** Nobody closed the cell: other maps keep theirs, and the address says nothing of it. @param {MapState} map */
function giveUp(map, sentence) {
  map.open = null;
  outline(map);
  put(map, null, "[]");
  complaint = sentence;
  complain(sentence);
}

/** Why the last cell is not there. */
let complaint = null;

/** Take that back; other errors stay. */
function withdraw() {
  const { children, hide } = propsOf(ERROR) || {};
  if (complaint && !hide && children === complaint) clearError();
  complaint = null;
}

/** @param {MapState} map */
function tellDash(map, cell) {
  if (map.open !== cell) return;
  if (partOf(map, "cell")) setPart(map, "cell", { children: null });
  setPart(map, "opened", { data: cell && cellRequest(map, cell) });
}

/** Until the server has answered, the panel says which cell it will show. @param {MapState} map */
function announce(map, cell) {
  const waiting = partOf(map, "waiting");
  if (!waiting) return;
  const { tokens, layers } = map.meta;
  waiting.querySelector("code").textContent = cell ? tokens[cell.column] : "";
  waiting.querySelector("span").textContent = cell ? `layer ${layers[cell.row]}` : "";
  markBusy(map, Boolean(cell));
}

/** @param {MapState} map */
function markBusy(map, isBusy) {
  partOf(map, "panel").toggleAttribute("data-waits", isBusy);
  partOf(map, "panel").ariaBusy = String(isBusy);
}

/** The last request of each map, so that a click need not ask again for what it was pressed on. */
const last = new Map();

/** @param {MapState} map */
function askedFor(map, cell) {
  const body = JSON.stringify(cellRequest(map, cell));
  if (last.get(map)?.body !== body) {
    const parts = fetchCell(map, body);
    const asked = { body, parts };
    last.set(map, asked);
    parts.catch(() => last.get(map) === asked && last.delete(map));
  }
  return last.get(map).parts;
}

/** @param {MapState} map */
async function fetchCell(map, body) {
  const response = await fetch(addressOf(`cell/${map.prefix}`), {
    method: "POST", headers: { "Content-Type": "application/json" }, body });
  const text = await response.text();
  const said = JSON.parse(text);
  if (Array.isArray(said)) return text;
  throw Object.assign(new Error("refused"), { sentence: said.error });
}

export function startOpenCell() {
  on("pressed", ({ map, cell }) => {
    if (isFetched(map) && !sameCell(map.open, cell)) askedFor(map, cell);
  });
  new MutationObserver((changes) => { // while a callback works, Dash says so by itself
    for (const change of changes) {
      const target = /** @type {Element} */ (change.target);
      if (target.matches(".cell.is-busy[data-waits]")) target.removeAttribute("data-waits");
    }
  }).observe(document, { subtree: true, attributes: true, attributeFilter: ["class"] });
}
