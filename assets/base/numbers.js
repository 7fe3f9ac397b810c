/* Numbers as people read them: probabilities in percent, ranks and counts whole, others three digits. The same rule as
   model_backend/grids/numbers.py; tests/fixtures/numbers.json has examples for both. */

const SMALLEST = 0.001; // digits of smaller shares are mostly rounding errors of float32
const BEFORE = ["AUC", "P(correct)"]; // units before their number, which has three decimals
const SMALL = 1e-4, LARGE = 999_500;

/** @param {number} value @param {number} decimals negative to round to tens or hundreds */
function fixed(value, decimals) {
  const step = 10 ** Math.max(0, -decimals), places = Math.max(0, decimals);
  const rounded = step === 1 ? value : Math.round(value / step) * step;
  return rounded.toLocaleString("en-US", {
    minimumFractionDigits: places, maximumFractionDigits: places, signDisplay: "negative" });
}

/** A share of 1 as a percentage; never all of it unless it is all. @param {number} share */
export function percent(share) {
  const size = Math.abs(share), sign = share < 0 ? "-" : "";
  if (size === 0 || size >= 1) return `${sign}${fixed(100 * size, 0)} %`;
  if (size < SMALLEST) return share > 0 ? "<0.1 %" : ">-0.1 %";
  if (size >= 0.9995) return share > 0 ? ">99.9 %" : "<-99.9 %";
  return `${sign}${fixed(100 * size, size >= 0.0995 && size < 0.985 ? 0 : 1)} %`;
}

/** Three significant digits, written out where that stays short. @param {number} value */
export function significant(value) {
  const size = Math.abs(value);
  if (size === 0) return "0";
  const [mantissa, power] = value.toExponential(2).split("e");
  if (size < SMALL || size >= LARGE) return `${Number(mantissa)}e${Number(power)}`;
  return fixed(value, 2 - Number(power));
}

/**
 * A cell's value with its unit.
 * @param {number} value
 * @param {string} [unit]
 * @param {boolean} [isWhole] for ranks and counts
 */
export function valueText(value, unit = "", isWhole = false) {
  if (!Number.isFinite(value)) return "no value here";
  if (unit === "probability") return percent(value);
  if (BEFORE.includes(unit)) return `${unit} ${fixed(value, 3)}`;
  const isInteger = Number.isInteger(value) && Math.abs(value) < LARGE;
  return `${isWhole || isInteger ? fixed(value, 0) : significant(value)} ${unit}`.trimEnd();
}

/** A place in a row: 1st, 2nd, 11th. @param {number} place */
export function ordinal(place) {
  const last = [11, 12, 13].includes(place % 100) ? 0 : place % 10;
  return `${place.toLocaleString("en-US")}${["th", "st", "nd", "rd"][last] || "th"}`;
}

/** A value in a cell, where there is little room: two or three digits, no unit but percent, and no space before it. */
export function shortText(value, unit) {
  const size = Math.abs(value);
  if (unit === "probability" || unit === "P(correct)") {
    return `${(100 * value).toFixed(size < 0.0005 || size >= 0.0995 ? 0 : 1)}%`.replace("-0%", "0%");
  }
  if (unit.startsWith("of the gap") && size !== 0 && size < 0.005) return "0.00"; // 0 is by construction
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
