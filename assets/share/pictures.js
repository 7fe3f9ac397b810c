/* A map as a file made in the browser: a picture, or a page that needs nothing else. */

/** @import { MapState } from "../map/types.js" */
import { escapeHtml as plain } from "../base/elements.js";
import { libraryAddress, NO_CLOUD, plotScript, toImage } from "../base/plotly_internals.js";
import { describe } from "../map/cells.js";
import { coloursOf } from "../base/colours.js";
import { widthFor } from "../map/room.js";
import { marks } from "../map/marks.js";
import { graph } from "../map/state.js";
import { download, fileName } from "./download.js";

const INK = "#16202e";
const MUTED = "#5a6779";
const TITLE_HEIGHT = 66;
const LEAST_COLUMN = 2; // pixels: of narrower ones plotly.js draws some and not others
const MANY_COLUMNS = 60; // on a phone the gaps between more of them would hide them
/** Nothing may be fetched by the page that is saved, whatever is in it. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:";

const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 2)} …` : text);

/** Three lines: what is measured by which model, of what text, and how it is coloured. @param {MapState} map */
function titles(map, more = "") {
  const { meta } = map;
  const made = meta.madeBy;
  const from = made ? `${made.model} · revision ${made.revision.slice(0, 10)} · ${made.dtype}` : "";
  const name = meta.site && !meta.name.includes(meta.site) ? `${meta.name} at ${meta.site}` : meta.name;
  return [[name, from].filter(Boolean).join(" · "), meta.about || textOf(map), scaleOf(map) + more];
}

function textOf({ meta }) {
  const { text } = meta.request;
  return text ? text.split(/\s+/).join(" ") : meta.tokens.join(" ");
}

/** @param {MapState} map */
function scaleOf(map) {
  const { low, high, log10, withSinks, unit, ids, ends, source } = map.meta;
  if (ends) return `colours from ${ends.join(" to ")}${unit ? `, ${unit}` : ""}${source ? ` by the ${source}` : ""}`;
  const number = (value) => String(Number(value.toPrecision(3)));
  const sinks = ids && !withSinks ? "; sinks left out of the range" : "";
  if (log10) return `log10 scale${unit ? ` of ${unit}` : ""}${sinks}`;
  if (!low) return `raw scale${unit ? ` in ${unit}` : ""}${sinks}`;
  const same = low.every((end) => end === low[0]) && high.every((end) => end === high[0]);
  const range = same ? `from ${number(low[0])} to ${number(high[0])}${unit ? ` ${unit}` : ""}` : "per layer";
  return `intensity 0.5–1.0, ${range}${sinks}`;
}

const sharedOf = ({ width }) => (width > 1 ? `; ${width} tokens share each column` : "");

/** What is on screen, on white, with its title above it. @param {MapState} map */
function framed(map, width, more = "") {
  const element = graph(map);
  const layout = JSON.parse(JSON.stringify(element.layout));
  const [first, text, scale] = titles(map, more).map((line) => plain(cut(line, Math.floor(width / 7.2))));
  const height = element.clientHeight + TITLE_HEIGHT;
  const top = (layout.margin.t || 20) + TITLE_HEIGHT;
  Object.assign(layout, {
    paper_bgcolor: "#ffffff", plot_bgcolor: "#ffffff", width, height,
    margin: { ...layout.margin, t: top }, autosize: false,
    font: { ...layout.font, color: INK, family: "Inter, system-ui, sans-serif" },
    title: { text: `<b>${first}</b><br>${text}<br>${scale}`, font: { size: 13, color: INK }, x: 0.012, xanchor: "left",
             y: 1 - 14 / height, yref: "container", yanchor: "top", automargin: false },
  });
  const { shapes, annotations } = marks(map, { inPicture: true });
  layout.shapes = shapes;
  layout.annotations = [...annotations, {
    text: "Layerscope", xref: "paper", yref: "paper", x: 1, xanchor: "right", y: 0, yanchor: "bottom",
    showarrow: false, font: { size: 11, color: MUTED } }];
  return { data: [{ ...element.data[0], colorscale: coloursOf(map, true) }, ...element.data.slice(1)], layout };
}

/** @param {MapState} map */
export async function savePicture(map, format) {
  const width = Math.max(760, graph(map).clientWidth);
  const { data, layout } = framed(map, width, sharedOf(map));
  const address = await toImage({ data, layout, config: NO_CLOUD },
    { format, width, height: layout.height, scale: format === "png" ? 2 : 1 });
  return download(bytesOf(address), fileName(map, format));
}

/** A data address as a file: fetching one is not allowed on this page. */
function bytesOf(address) {
  const [head, body] = [address.slice(0, address.indexOf(",")), address.slice(address.indexOf(",") + 1)];
  const type = head.slice(5).split(/[;,]/)[0];
  if (!head.endsWith(";base64")) return new Blob([decodeURIComponent(body)], { type });
  return new Blob([Uint8Array.from(atob(body), (character) => character.charCodeAt(0))], { type });
}

/** Every number of the map, not only as many as there are pixels, with plotly.js beside it.
    @param {MapState} map */
export async function savePage(map) {
  const answer = await fetch(libraryAddress());
  if (!answer.ok) throw new Error("The drawing library could not be read from the server. Try again.");
  const library = await answer.text();
  const element = graph(map);
  const { data, layout } = framed(map, element.clientWidth);
  const heatmap = { ...data[0], ...wholeMap(map), hoverinfo: undefined, hoverongaps: false };
  Object.assign(layout, { width: undefined, autosize: true, dragmode: "zoom" });
  const figure = JSON.stringify({ data: [heatmap, ...data.slice(1)], layout, config: NO_CLOUD });
  const width = widthFor(map, LEAST_COLUMN * map.columns);
  const page = pageOf(titles(map)[0], library, figure.replaceAll("<", "\\u003c"), width);
  const blob = new Blob([page], { type: "text/html" });
  return download(blob, fileName(map, "html"));
}

/** The heatmap without pooling; each cell's own value beside its colour. @param {MapState} map */
function wholeMap(map) {
  const own = new Float32Array(map.z.length);
  for (let at = 0; at < own.length; at++) {
    own[at] = describe(map, Math.floor(at / map.columns), at % map.columns).value;
  }
  const { name, unit } = map.meta;
  return { z: typed(map, map.z), customdata: typed(map, own), x0: 0, dx: 1,
           xgap: map.columns > MANY_COLUMNS ? 0 : map.gap,
           hovertemplate: `layer %{y}<br>%{x}<br>${plain(name)} %{customdata:.4g}`
             + `${unit && unit !== "probability" ? ` ${plain(unit)}` : ""}<extra></extra>` };
}

/** Numbers as plotly.js reads them from JSON. @param {MapState} map */
function typed(map, numbers) {
  let text = "";
  for (const byte of new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)) {
    text += String.fromCharCode(byte);
  }
  return { dtype: "f4", shape: `${map.rows}, ${map.columns}`, bdata: btoa(text) };
}

/** Where the window is narrower than the columns need, the page is scrolled. */
function pageOf(title, library, figure, width) {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${plain(title)}</title>
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body { margin: 1.5rem; font: 15px/1.5 Inter, system-ui, sans-serif; color: ${INK}; }
#map { min-width: ${Math.ceil(width)}px; }</style></head>
<body><div id="map"></div>
<script>${library}</script>
<script>${plotScript("map", figure)}</script>
</body></html>
`;
}
