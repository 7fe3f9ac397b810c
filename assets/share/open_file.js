/* Opens a saved map: the server reads the file, and the view then asks for its map by a name. */

import { addressOf, setProps } from "../base/dash_internals.js";
import { onPage } from "../base/events.js";
import { addChoice } from "../page/choices.js";
import { clearError, complain } from "../base/notice.js";
import { post } from "./server_files.js";

const VIEW = "explore"; // shows what was opened

export function startOpenFile() {
  onPage("click", (event) => {
    if (!event.target.closest?.("[data-open-file]")) return;
    const input = Object.assign(document.createElement("input"), { type: "file", accept: ".npz,.json" });
    input.addEventListener("change", () => open(input.files[0]).catch(({ message }) => complain(message)));
    input.click();
  });
}

/** The server keeps the numbers as long as it has room. */
async function open(file) {
  const answer = await post("open", "application/octet-stream", file);
  const { map, model, text, special_tokens } = await answer.json();
  if (map) window.location.hash = `probe/${map}`; // one map, of no text that could be asked about
  if (map) return clearError();
  addChoice(`${VIEW}-model`, model);
  await showAsSaved(model);
  setProps(`${VIEW}-text`, { value: text });
  setProps(`${VIEW}-special-tokens`, { checked: special_tokens });
  setProps(`${VIEW}-model`, { value: model });
  setProps(`${VIEW}-switched`, { hide: true });
  clearError();
}

const CHOSEN = ["measure", "site", "scale", "span", "cells", "profiles"];

/** Choose the measure, scale and so on in which a map was saved; older files do not say. @param {string} model */
async function showAsSaved(model) {
  const answer = await fetch(addressOf(`saved-view?${new URLSearchParams({ model })}`)).catch(() => null);
  const view = answer?.ok ? await answer.json() : {};
  if (view.measure) addChoice(`${VIEW}-measure`, view.measure);
  for (const name of CHOSEN.filter((one) => view[one])) setProps(`${VIEW}-${name}`, { value: view[name] });
  if (view.measure) setProps(`${VIEW}-sinks`, { checked: view.sinks === "yes" });
}
