/* Follows a patch map while its rows become exact. The page asks again and again how far it is; a map
   that no page asks for ends by itself. The next drawing is asked for when the one before has come. */

import { addressOf, noUpdate, setProps } from "../base/dash_internals.js";
import { on, onPage } from "../base/events.js";

const SOON = 150, PATIENCE = 8, LATER = 300; // milliseconds between two looks; looks that may fail
const routeOf = (what) => addressOf(`patch/${what}`);
const json = (values) => new Blob([JSON.stringify(values)], { type: "application/json" });

/** @type {{ job: string, isRunning: boolean, failed: number, wanted: number | null, asked: number | null,
             isDrawing: boolean, breaks: number } | null} */
let current = null;

/** Dash calls this when a map was started. An earlier one that still runs is stopped. */
export function followPatch(started) {
  if (!started) return;
  if (current?.isRunning) stop();
  current = { job: started.job, isRunning: true, failed: 0, wanted: null, asked: null,
              isDrawing: false, breaks: 0 };
  setProps("page-error", { hide: true });
  showBusy(true);
  setProps("patch-progress", { children: "Waiting for the model" });
  look(current);
}

async function look(followed) {
  let said;
  try {
    const response = await fetch(routeOf("progress"), { method: "POST", body: json({ job: followed.job }) });
    said = await response.json();
    if (!response.ok) said = { running: false, rows: null, said: "", error: said.error };
    followed.failed = 0;
  } catch {
    followed.failed += 1;
    if (followed.failed < PATIENCE) return setTimeout(look, LATER * followed.failed, followed);
    said = { running: false, rows: null, said: "", error: "The server does not answer. Press Run again." };
  }
  if (followed === current) take(followed, said);
}

function take(followed, said) {
  followed.isRunning = said.running;
  setProps("patch-progress", { children: said.error ? "No map." : said.said });
  if (said.rows !== null) {
    followed.wanted = said.rows;
    drawNext(followed);
  }
  if (said.running) return setTimeout(look, SOON, followed);
  showBusy(false);
  if (said.error) setProps("page-error", { children: said.error, hide: false });
}

function drawNext(followed) {
  if (followed.isDrawing || followed.asked === followed.wanted) return;
  followed.isDrawing = true;
  followed.asked = followed.wanted;
  const { job, wanted, breaks } = followed; // Dash asks for nothing twice by the same name
  setProps("patch-stage", { data: `${job} ${wanted} ${breaks}` });
}

/** Dash calls this when a stage of the map has been drawn. */
export function patchDrawn(stage) {
  if (!current || !stage?.startsWith(`${current.job} `)) return;
  current.isDrawing = false;
  drawNext(current);
}

/** The drawing that was asked for while no server answered does not come. */
function drawAgain() {
  if (!current?.isDrawing) return;
  Object.assign(current, { isDrawing: false, asked: null, breaks: current.breaks + 1 });
  drawNext(current);
}

/** While rows come, the map is looked at as it is, and the page's own panel says how far it is. */
function showBusy(isBusy) {
  setProps("patch-card", { className: isBusy ? "card map is-growing" : "card map" });
}

const stop = () => current && navigator.sendBeacon(routeOf("stop"), json({ job: current.job }));

/** Dash calls this when an example is chosen: both texts, and whether they are questions. The answers
    are the likeliest ones if it names none. */
export function choosePatchExample(value) {
  if (!value) return Array(3).fill(noUpdate());
  setProps("patch-example", { value: null }); // so that the same example can be chosen again
  const [textA, textB, form = "text", answerA = "", answerB = ""] = JSON.parse(value);
  const others = { form, "answer-a": answerA, "answer-b": answerB, pairs: "", noised: "" };
  for (const [part, given] of Object.entries(others)) setProps(`patch-${part}`, { value: given });
  return [textA, textB, { at: Date.now() }];
}

/** Choose a token: one of A and one of B become a pair, or are parted if they are one; pairs that would cross go. */
function chooseToken(button) {
  const table = button.closest(".patch-tokens");
  const { text, at } = button.dataset;
  if (!("pairsNow" in table.dataset)) return toggleNoise(table, at);
  const other = table.querySelector(`[aria-pressed="true"]:not([data-text="${text}"])`);
  for (const one of table.querySelectorAll("[aria-pressed]")) one.setAttribute("aria-pressed", String(one === button));
  if (!other) return;
  const [a, b] = (text === "A" ? [at, other.dataset.at] : [other.dataset.at, at]).map(Number);
  write("patch-pairs", joinPair(table.dataset.pairsNow, a, b), button);
}

/** Pairs such as "0:0 1:2", with a and b joined, or parted if they are a pair. */
export function joinPair(pairs, a, b) {
  const all = pairs.split(" ").filter(Boolean).map((pair) => pair.split(":").map(Number));
  const kept = all.filter(([x, y]) => (x < a && y < b) || (x > a && y > b));
  if (!all.some(([x, y]) => x === a && y === b)) kept.push([a, b]);
  return kept.sort(([x], [y]) => x - y).map((pair) => pair.join(":")).join(" ");
}

function toggleNoise(table, at) {
  const now = table.dataset.noisedNow.split(" ").filter(Boolean);
  const left = now.includes(at) ? now.filter((one) => one !== at) : [...now, at];
  write("patch-noised", left.sort((x, y) => x - y).join(" "), table.querySelector(`[data-at="${at}"]`));
}

/** Write a field, and give the focus back to the same token of the table that comes next. */
function write(id, value, { dataset: { text, at } }) {
  const setup = document.getElementById("patch-setup");
  const watcher = new MutationObserver(() => {
    watcher.disconnect();
    const again = setup.querySelector(`[data-text="${text}"][data-at="${at}"]`);
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  });
  watcher.observe(setup, { childList: true, subtree: true });
  setProps(id, { value });
}

export function startPatch() {
  on("server-back", drawAgain);
  onPage("click", ({ target }) => {
    const button = target.closest?.("[data-pairs]");
    if (button) setProps(button.dataset.into, { value: button.dataset.pairs });
    const token = target.closest?.(":is([data-pairs-now], [data-noised-now]) [data-at]");
    if (token) chooseToken(token);
  });
}
