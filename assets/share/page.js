/* A map as a page of its own, which needs no network: the server's template holds scripts, style and drawing library,
   and what is on screen is written into it. */

/** @import { MapState } from "../map/types.js" */
import { addressOf } from "../base/dash_internals.js";
import { escapeHtml as plain } from "../base/elements.js";
import { usedTexts } from "../map/predictions.js";
import { partOf } from "../map/state.js";
import { download, fileName } from "./download.js";
import { titles } from "./titles.js";

/** @param {MapState} map */
export async function savePage(map) {
  const answer = await fetch(addressOf("page-template")).catch(() => null);
  if (!answer?.ok) throw new Error("The page could not be read from the server. Try again.");
  const parts = {
    TITLE: plain(titles(map).slice(0, 2).join(": ")), FACTS: htmlOf(map, "facts"), NOTES: htmlOf(map, "notes"),
    READING: htmlOf(map, "reading"), FIGURE: jsonOf(map.figure), PREDICTIONS: jsonOf(predictionsOf(map)),
    SHOWN: jsonOf(shownOf(map)) };
  const page = (await answer.text()).replace(/\{\{([A-Z]+)\}\}/g, (slot, name) => parts[name] ?? slot);
  return download(new Blob([page], { type: "text/html" }), fileName(map, "html"));
}

/** What the page itself made of the map's words, which is text made safe. @param {MapState} map */
const htmlOf = (map, part) => partOf(map, part)?.innerHTML || "";

/** JSON that may stand in a script: no text in it can end the script. */
const jsonOf = (value) => JSON.stringify(value).replaceAll("<", "\\u003c");

/** @param {MapState} map */
function predictionsOf(map) {
  const { key, bytes } = map.predictions;
  if (!bytes || key !== map.key) return null;
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return { packed: btoa(text), texts: usedTexts(map) };
}

/** What the reader chose. @param {MapState} map */
function shownOf({ cellText, profiles, pins, ranges }) {
  return { cellText, profiles, pins, x: ranges?.xaxis?.range, y: ranges?.yaxis?.range };
}
