/* A map in three lines: what is measured by which model, of what text, and how it is coloured. */

/** @import { MapState } from "../map/types.js" */

/** @param {MapState} map */
export function titles(map) {
  const { meta } = map;
  const made = meta.madeBy;
  const from = made ? `${made.model} · revision ${made.revision.slice(0, 10)} · ${made.dtype}` : "";
  const name = meta.site && !meta.name.includes(meta.site) ? `${meta.name} at ${meta.site}` : meta.name;
  return [[name, from].filter(Boolean).join(" · "), meta.about || textOf(map), scaleOf(map) + sharedOf(map)];
}

function textOf({ meta }) {
  const { text } = meta.request;
  return text ? text.split(/\s+/).join(" ") : meta.tokens.join(" ");
}

/** @param {MapState} map */
function scaleOf(map) {
  const { low, log10, unit, source, leftOut, maskedRows, maskedColumns } = map.meta;
  const aside = [leftOut?.length && "▾ left out of the colours",
                 (maskedRows || maskedColumns) && "grey: not counted"];
  const by = source ? ` by the ${source}` : "";
  const measured = unit && unit !== "probability" ? `, ${unit}` : "";
  const scale = low ? rangeOf(map) : log10 ? `log scale${measured}` : `${endsOf(map)}${measured}`;
  return [scale + by, ...aside].filter(Boolean).join("; ");
}

const number = (value) => String(Number(value.toPrecision(3)));

/** @param {MapState} map */
function endsOf(map) {
  const { zmin, zmax } = map.figure.data[0];
  const isShare = map.meta.unit === "probability";
  const [from, to] = [zmin, zmax].map((end) => (isShare ? `${number(100 * end)} %` : number(end)));
  return `colours from ${from} to ${to}`;
}

/** @param {MapState} map */
function rangeOf({ meta: { low, high, unit } }) {
  const same = low.every((end) => end === low[0]) && high.every((end) => end === high[0]);
  const range = same ? `from ${number(low[0])} to ${number(high[0])}${unit ? ` ${unit}` : ""}` : "within each layer";
  return `intensity 0.5–1.0, ${range}`;
}

const sharedOf = ({ width }) => (width > 1 ? `; ${width} tokens share each column` : "");
