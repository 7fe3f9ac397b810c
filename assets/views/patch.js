/* Follows a patch map while its rows become exact, and stops it. The page asks again and again how far it is; a map
   that no page asks for ends by itself. The next drawing is asked for when the one before has come. */

import { addressOf, noUpdate, setProps } from "../base/dash_internals.js";
import { onPage } from "../base/events.js";

const SOON = 150, PATIENCE = 8, LATER = 300; // milliseconds between two looks; looks that may fail
const routeOf = (what) => addressOf(`patch/${what}`);
const json = (values) => new Blob([JSON.stringify(values)], { type: "application/json" });

/** @type {{ job: string, isRunning: boolean, failed: number, wanted: number | null, asked: number | null,
             isDrawing: boolean } | null} */
let current = null;

/** Dash calls this when a map was started. An earlier one that still runs is stopped. */
export function followPatch(started) {
  if (!started) return;
  if (current?.isRunning) stop();
  current = { job: started.job, isRunning: true, failed: 0, wanted: null, asked: null, isDrawing: false };
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
  setProps("patch-stage", { data: `${followed.job} ${followed.wanted}` });
}

/** Dash calls this when a stage of the map has been drawn. */
export function patchDrawn(stage) {
  if (!current || !stage?.startsWith(`${current.job} `)) return;
  current.isDrawing = false;
  drawNext(current);
}

function showBusy(isBusy) {
  setProps("patch-stop", { disabled: !isBusy });
}

const stop = () => current && navigator.sendBeacon(routeOf("stop"), json({ job: current.job }));

/** Dash calls this when Cancel is pressed. */
export function stopPatch() {
  if (current?.isRunning) stop();
}

/** Dash calls this when an example is chosen: both texts. The answers are then the likeliest ones. */
export function choosePatchExample(value) {
  if (!value) return Array(3).fill(noUpdate());
  setProps("patch-example", { value: null }); // so that the same example can be chosen again
  for (const part of ["answer-a", "answer-b", "pairs", "noised"]) setProps(`patch-${part}`, { value: "" });
  const [textA, textB] = JSON.parse(value);
  return [textA, textB, { at: Date.now() }];
}

export function startPatch() {
  onPage("click", ({ target }) => {
    const button = target.closest?.("[data-pairs]");
    if (button) setProps(button.dataset.into, { value: button.dataset.pairs });
  });
  window.addEventListener("pagehide", ({ persisted }) => {
    if (!persisted) stopPatch();
  });
}
