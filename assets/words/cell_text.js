/* What stands in each cell of a map: the likeliest next token or the value, cut to the cell, in an ink that reads. */

/** @import { MapState } from "../map/types.js" */
/** @import { Rgb } from "../base/colours.js" */
import { coloursOf, contrast, inkOn, paint, READABLE, readScale, rgbOf } from "../base/colours.js";
import { shortText } from "../base/numbers.js";
import { describe, isMasked, isMissing, positionOf } from "../map/cells.js";
import { likeliest } from "../map/predictions.js";
import { fitted, widthOf } from "./fit.js";

const LEAST_WIDTH = 30, LEAST_HEIGHT = 11; // pixels of a cell in which words can be read
const PADDING = 4; // between a text and the next one

/**
 * @typedef {object} Word
 * @property {number} row
 * @property {number} column
 * @property {string} text
 * @property {string} ink
 *
 * @typedef {object} Words
 * @property {Word[]} words
 * @property {number} size of the font
 *
 * @typedef {object} View what is seen of a map, and how large a cell is
 * @property {number[]} columns first and last
 * @property {number[]} rows
 * @property {number} width pixels of a cell
 * @property {number} height
 * @property {boolean} [inPicture] pictures are light
 */

/** What the cells show: as chosen, or as the measure has it. @param {MapState} map */
export function shownIn(map) {
  const wanted = map.cellText === "automatic" ? map.meta.cells : map.cellText;
  return wanted === "likeliest token" && !map.meta.predictions ? "value" : wanted;
}

/** The font of words of this size. @param {number} size */
export const fontOf = (size) =>
  `${size}px ${getComputedStyle(document.documentElement).getPropertyValue("--mono") || "monospace"}`;

/** @param {number} width @param {number} height of a cell */
function sizeFor(width, height) {
  if (width >= 64 && height >= 20) return 12;
  return height >= 13 ? 11 : 10;
}

/**
 * The words of all cells in view; none where cells are too small for them.
 * @param {MapState} map
 * @param {View} view
 * @returns {Words}
 */
export function wordsOf(map, view) {
  const shown = shownIn(map);
  const size = sizeFor(view.width, view.height);
  const isSmall = view.width < LEAST_WIDTH || view.height < LEAST_HEIGHT || map.width > 1;
  if (shown === "nothing" || isSmall) return { words: [], size };
  const texts = textsOf(map, view, shown);
  const font = fontOf(size);
  const room = view.width - PADDING;
  // A number that is cut is another number.
  if (shown === "value" && texts.some(({ text }) => widthOf(text, font) > room)) return { words: [], size };
  const inkFor = inksOf(map, view.inPicture);
  const words = texts.map((word) => (
    { ...word, text: fitted(word.text, room, font), ink: inkFor(word.row, word.column) }));
  return { words: words.filter(({ text }) => text), size };
}

/** @param {MapState} map @param {View} view @param {string} shown */
function textsOf(map, { columns: [first, last], rows: [low, high] }, shown) {
  const found = [];
  for (let row = low; row <= high; row++) {
    for (let column = first; column <= last; column++) {
      if (isMissing(map, column) || !Number.isFinite(map.z[row * map.columns + column])) continue;
      const text = shown === "value" ? shortText(describe(map, row, column).value, map.meta.unit)
        : likeliest(map, row, positionOf(map, column));
      if (text) found.push({ row, column, text });
    }
  }
  return found;
}

/** A function from a cell to the ink of its text. @param {MapState} map */
function inksOf(map, inPicture = false) {
  const { zmin, zmax } = map.figure.data[0];
  const colourAt = readScale(coloursOf(map, inPicture));
  const inks = [paint("--ink", inPicture)];
  /** @type {Map<string, string>} */
  const known = new Map();
  const grey = mutedInk(inPicture);
  return (row, column) => {
    if (isMasked(map, row, column)) return grey;
    const colour = colourAt((map.z[row * map.columns + column] - zmin) / (zmax - zmin));
    const key = colour.join();
    if (!known.has(key)) known.set(key, inkOn(colour, inks));
    return known.get(key);
  };
}

/** Ink on grey cells, as quiet as can be read. */
function mutedInk(inPicture) {
  const [grey, muted, ink] = ["--masked", "--muted", "--ink"].map((name) => paint(name, inPicture));
  return contrast(rgbOf(grey), rgbOf(muted)) >= READABLE ? muted : ink;
}
