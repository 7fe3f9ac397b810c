/* The colours of a map's cells, which on a dark page go from the page's colour to bright. */

/** @import { MapState } from "../map/types.js" */

/** A scale of colours as Plotly takes it: places from 0 to 1, each with a colour.
 * @typedef {(number | string)[][]} Colours */

/** Colours of a light page, for pictures; the same as in style.css. */
const LIGHT = {
  "--ink": "#16202e", "--muted": "#5a6779", "--card": "#ffffff", "--pin": "#c2410c", "--halo": "#ffffff",
  "--region": "#e8590c", "--hatch": "#5d6b7d", "--masked": "#eceff3" };

/** A colour by its name in style.css: the page's own, or that of a picture, which is always light. */
export const paint = (name, inPicture = false) => (
  inPicture ? LIGHT[name] : getComputedStyle(document.documentElement).getPropertyValue(name).trim());

export const isDark = () => document.documentElement.dataset.mantineColorScheme === "dark";

/** The scale of a map on screen, or in a picture. @param {MapState} map @returns {Colours} */
export const coloursOf = (map, inPicture = false) => (
  isDark() && !inPicture ? map.meta.darkColours : map.figure.data[0].colorscale);
