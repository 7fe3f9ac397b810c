/* Numbers as people read them. */

/** A share of 1 as a percentage. */
export const percent = (share) => (share < 0.001 ? "<0.1%" : `${(100 * share).toFixed(1)}%`);

/** A probability, or a difference of two, to three digits. */
function shareText(value) {
  if (value !== 0 && Math.abs(value) < 1e-6) return value > 0 ? "<0.0001%" : ">-0.0001%";
  return `${Number((100 * value).toPrecision(3))}%`;
}

/**
 * A cell's value with its unit.
 * @param {number} value
 * @param {string} unit
 */
export function valueText(value, unit) {
  if (!Number.isFinite(value)) return "no value here";
  if (unit === "probability") return shareText(value);
  if (unit === "P(correct)") return `${unit} ${value.toFixed(3)}`;
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return `${value.toLocaleString("en-US")} ${unit || ""}`.trim();
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(2)
    : String(Number(value.toPrecision(4)));
  return unit ? `${text} ${unit}` : text;
}

/** A place in a row: 1st, 2nd, 11th. @param {number} place */
export function ordinal(place) {
  const last = [11, 12, 13].includes(place % 100) ? 0 : place % 10;
  return `${place.toLocaleString("en-US")}${["th", "st", "nd", "rd"][last] || "th"}`;
}

/** A value where there is little room: two or three digits and no unit but percent. */
export function shortText(value, unit) {
  const size = Math.abs(value);
  if (unit === "probability" || unit === "P(correct)") {
    return `${(100 * value).toFixed(size < 0.0005 || size >= 0.0995 ? 0 : 1)}%`.replace("-0%", "0%");
  }
  if (size !== 0 && (size < 0.005 || size >= 1e6)) return value.toExponential(0);
  if (size >= 10_000) return `${Math.round(value / 1000)}k`;
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/** An intensity, which says so where it lies outside the range of the colours. */
export function intensityText(intensity) {
  if (intensity > 1.0000005) return "1.00 (clipped: above the range)";
  if (intensity < 0.4999995) return "0.50 (clipped: below the range)";
  return intensity.toFixed(2);
}
