/* Offers bytes as a file, under a name that says what is in it. */

/** @import { MapState } from "../map/types.js" */

/** @param {Blob} blob @param {string} name @returns {string} what to say when it is done */
export function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  return `Saved as ${name}.`;
}

/** As in layerscope-builtin-residual-norm-resid-mid.png. @param {MapState} map @param {string} ending */
export function fileName(map, ending) {
  const words = ["layerscope", map.meta.madeBy?.model.split("/").pop(), map.meta.name, map.meta.site];
  const plain = words.filter(Boolean).join("-").toLowerCase().replace(/[^a-z0-9.]+/g, "-");
  return `${plain.slice(0, 100)}.${ending}`;
}
