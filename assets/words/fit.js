/* How wide a text is, and as much of it as there is room for. */

/** @type {CanvasRenderingContext2D} */
let pen = null;
/** @type {Map<string, number>} */
const widths = new Map();
const MOST_KEPT = 20_000;

/** Pixels from left to right. @param {string} text @param {string} font as CSS writes it */
export function widthOf(text, font) {
  const key = `${font}|${text}`;
  if (!widths.has(key)) {
    if (widths.size > MOST_KEPT) widths.clear();
    pen = pen || document.createElement("canvas").getContext("2d");
    pen.font = font;
    widths.set(key, pen.measureText(text).width);
  }
  return widths.get(key);
}

/**
 * The text, or its beginning with an ellipsis; empty where not even one character has room.
 * @param {string} text
 * @param {number} room pixels
 * @param {string} font
 */
export const fitted = (text, room, font) => cut(text, (part) => widthOf(part, font) <= room);

/** @param {string} text @param {(part: string) => boolean} fits */
export function cut(text, fits) {
  if (fits(text)) return text;
  const characters = [...text];
  let [least, most] = [0, characters.length - 1]; // how many are kept lies between
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (fits(`${characters.slice(0, middle).join("")}…`)) least = middle;
    else most = middle - 1;
  }
  return least ? `${characters.slice(0, least).join("")}…` : "";
}
