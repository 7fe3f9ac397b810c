/* The colours of a map's cells, which on a dark page run from the page's colour to bright, and ink that reads there. */

/** @import { MapState } from "../map/types.js" */

/** A scale of colours as Plotly takes it: places from 0 to 1, each with a colour.
 * @typedef {(number | string)[][]} Colours
 * @typedef {[number, number, number]} Rgb red, green and blue from 0 to 255 */

/** Colours of a light page, for pictures; the same as in style.css. */
const LIGHT = {
  "--ink": "#16202e", "--muted": "#5a6779", "--card": "#ffffff", "--pin": "#c2410c", "--halo": "#ffffff",
  "--region": "#e8590c", "--hatch": "#5d6b7d", "--masked": "#eceff3", "--accent": "#1c66ae" };

/** A colour by its name in style.css: the page's own, or that of a picture, which is always light. */
export const paint = (name, inPicture = false) => (
  inPicture ? LIGHT[name] : getComputedStyle(document.documentElement).getPropertyValue(name).trim());

export const isDark = () => document.documentElement.dataset.mantineColorScheme === "dark";

/** The scale of a map on screen, or in a picture. @param {MapState} map @returns {Colours} */
export const coloursOf = (map, inPicture = false) => (
  isDark() && !inPicture ? map.meta.darkColours : map.figure.data[0].colorscale);

/** @param {string} hex @returns {Rgb} */
export const rgbOf = (hex) => /** @type {Rgb} */ ([1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));

/** A function from a share of the scale to its colour, as Plotly draws it. @param {Colours} colours */
export function readScale(colours) {
  const places = colours.map(([place]) => Number(place));
  const stops = colours.map(([, hex]) => rgbOf(String(hex)));
  return (/** @type {number} */ share) => {
    const at = Math.min(1, Math.max(0, share));
    const above = Math.max(1, places.findIndex((place) => place >= at));
    const span = places[above] - places[above - 1] || 1;
    const part = (at - places[above - 1]) / span;
    return /** @type {Rgb} */ (stops[above].map((end, channel) => {
      const start = stops[above - 1][channel];
      return Math.round(start + part * (end - start));
    }));
  };
}

/** Relative luminance as WCAG 2 defines it. @param {Rgb} colour */
function luminance(colour) {
  const [red, green, blue] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {Rgb} one @param {Rgb} other */
export function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

export const READABLE = 4.5;

/** The first of these inks that reads on a colour; black or white always does.
    @param {Rgb} colour @param {string[]} inks */
export const inkOn = (colour, inks) =>
  [...inks, "#ffffff", "#000000"].find((ink) => contrast(colour, rgbOf(ink)) >= READABLE) || "#000000";
