/* The Share menu of every map: what a click does, and the sentence that says it has been done. */

import { onPage } from "../base/events.js";
import { mapOf } from "../map/state.js";
import { record } from "../links/record.js";
import { compareWith } from "../views/compare.js";
import { savePage } from "./page.js";
import { savePicture } from "./pictures.js";
import { saveFile } from "./server_files.js";

const LONG = 8000; // characters
const TO_READ = 8000; // milliseconds for which a closed menu says what has been done

const ways = {
  link: copyLink,
  compare: compareWith,
  png: (map, menu) => savePicture(map, "png", wantedIn(menu)),
  svg: (map, menu) => savePicture(map, "svg", wantedIn(menu)),
  html: savePage,
  csv: (map) => saveFile(map, "csv"),
  json: (map) => saveFile(map, "json"),
  npz: (map) => saveFile(map, "npz"),
};

export function startMenu() {
  onPage("click", ({ target }) => {
    const open = document.querySelectorAll("details.share[open]");
    for (const menu of open) if (!menu.contains(target)) close(menu);
    const button = target.closest?.("button[data-share]");
    if (button) share(button);
  });
  onPage("keydown", ({ key, target }) => {
    const menu = key === "Escape" && target.closest?.("details.share[open]");
    if (!menu) return;
    close(menu);
    menu.querySelector("summary").focus();
  });
}

async function share(button) {
  const menu = button.closest(".share");
  const map = mapOf(button.dataset.map);
  say(menu, map.meta ? "Working …" : "There is no map yet.");
  if (!map.meta) return;
  button.disabled = true;
  try {
    const done = await ways[button.dataset.share](map, menu);
    close(menu);
    say(menu, done);
    setTimeout(() => menu.nextElementSibling.textContent === done && say(menu, ""), TO_READ);
  } catch (error) {
    say(menu, error.message); // the menu stays, to try again
  }
  button.disabled = false;
  (menu.open ? button : menu.querySelector("summary")).focus();
}

/** What is chosen of a picture. */
function wantedIn(menu) {
  const chosen = (name) => menu.querySelector(`select[data-picture=${name}]`)?.value;
  return { title: chosen("title") !== "no", width: Number(chosen("width") || 0) };
}

const say = (menu, sentence) => { menu.nextElementSibling.textContent = sentence; };

function close(menu) {
  menu.open = false;
  say(menu, "");
}

async function copyLink() {
  await record();
  const { href } = window.location;
  await copy(href);
  const caution = href.length > LONG ? ` It has ${href.length.toLocaleString("en")} characters: some `
    + "programs cut links as long as that." : "";
  return `Link copied.${caution}`;
}

/** Browsers offer the clipboard on secure pages only; elsewhere there is the old way. */
async function copy(text) {
  if (navigator.clipboard && await navigator.clipboard.writeText(text).then(() => true, () => false)) return;
  const field = document.body.appendChild(document.createElement("textarea"));
  field.value = text;
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (!copied) throw new Error("The browser did not allow it. Copy the address of this page instead.");
}
