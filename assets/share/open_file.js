/* Opens a saved map: the server reads the file, and a link to its map, as it was when it was saved, is followed. */

import { addressOf, setProps } from "../base/dash_internals.js";
import { onPage } from "../base/events.js";
import { clearError, complain } from "../base/notice.js";
import { linkTo } from "../links/record.js";
import { post } from "./server_files.js";

const CHOSEN = ["measure", "site", "study", "probe", "scale", "span", "cells", "profiles"];

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
  const { map, ...request } = await answer.json(); // one map, or the request of a text
  const view = await savedView(map ? { map } : { model: request.model });
  setProps("explore-switched", { hide: true });
  clearError();
  const [name, parts] = map ? ["probe", { map: { map } }] : ["explore", request];
  window.location.hash = await linkTo(name, { parts: { ...parts, ...choicesOf(view) }, maps: { [name]: view.shown } });
}

/** Everything that was chosen when a map was saved; older files do not say. @param {Record<string, string>} which */
async function savedView(which) {
  const answer = await fetch(addressOf(`saved-view?${new URLSearchParams(which)}`)).catch(() => null);
  return answer?.ok ? await answer.json() : { shown: {} };
}

function choicesOf(view) {
  const sinks = view.measure ? { sinks: view.sinks === "yes" } : {};
  return { ...Object.fromEntries(CHOSEN.filter((one) => view[one]).map((one) => [one, view[one]])), ...sinks };
}
