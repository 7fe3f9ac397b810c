/* What the model would say next in every cell of a map: fetched once for each text, unpacked cell by cell. */

/** @import { Cell, MapState } from "./types.js" */
import { addressOf } from "../base/dash_internals.js";

const vocabularies = new Map();

let read = readPredictions;

/** Have `source` give the predictions of a map, by its prefix, in place of the server.
    @param {(prefix: string) => Promise<import("./types.js").Predictions>} source */
export function readPredictionsWith(source) {
  read = source;
}

/**
 * Fetch the top predictions of every cell of a map's request.
 * @param {MapState} map
 * @returns {Promise<boolean>} whether something has come for the text that is still wanted
 */
export async function fetchPredictions(map) {
  map.predictions = { key: null, wanted: map.key };
  if (!map.meta.predictions) return false;
  const { key, meta } = map;
  const fetched = await read(map.prefix, meta.request)
    .then((found) => ({ ...found, key }), () => ({ key: null, failed: true }));
  if (map.predictions.wanted !== key) return false; // another text was asked for meanwhile
  map.predictions = { ...fetched, wanted: key };
  return true;
}

/** @returns {Promise<any>} */
async function readPredictions(name, request) {
  const response = await answered(fetch(addressOf(`predictions/${name}`), {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request) }));
  const unpacked = unpack(await response.arrayBuffer());
  const { model, revision } = unpacked.header;
  return { ...unpacked, texts: await vocabulary(model, revision) };
}

/** The server's message (dashboard/drawing/packing.py): the size of a header, the header, all ids, all
    probabilities. */
export function unpack(buffer) {
  const size = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  const ids = new Uint8Array(buffer, 4 + size, header.idBytes);
  const probabilities = new Uint8Array(buffer, 4 + size + header.idBytes);
  return { header, ids, probabilities, bytes: new Uint8Array(buffer) };
}

async function answered(request) {
  const response = await request;
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response;
}

function vocabulary(model, revision) {
  const query = new URLSearchParams({ model, revision }).toString();
  if (!vocabularies.has(query)) {
    const texts = answered(fetch(addressOf(`vocabulary?${query}`)))
      .then((response) => response.json());
    texts.catch(() => vocabularies.delete(query)); // so that the next map asks again
    vocabularies.set(query, texts);
  }
  return vocabularies.get(query);
}

/** The number of `width` bits that starts at bit `start`, most significant bit first. */
export function bitsAt(bytes, start, width) {
  let value = 0;
  for (let bit = start; bit < start + width; bit++) {
    value = value * 2 + ((bytes[bit >> 3] >> (7 - (bit & 7))) & 1);
  }
  return value;
}

/** The texts of all tokens among the predictions, by id. @param {MapState} map @returns {Record<number, string>} */
export function usedTexts(map) {
  const { header: { k, rows, tokens, idBits }, ids, texts } = map.predictions;
  const used = new Set(Array.from({ length: rows * tokens * k }, (_, at) => bitsAt(ids, at * idBits, idBits)));
  return Object.fromEntries([...used].filter((id) => texts[id] !== undefined).map((id) => [id, texts[id]]));
}

/** The id of the likeliest next token of a cell; null while there is none. @param {MapState} map */
export function likeliestId(map, row, position) {
  if (!map.predictions.key || map.predictions.key !== map.key) return null;
  const { header: { k, tokens, idBits }, ids } = map.predictions;
  return bitsAt(ids, (row * tokens + position) * k * idBits, idBits);
}

/** Its text; null while there is none. @param {MapState} map */
export function likeliest(map, row, position) {
  const id = likeliestId(map, row, position);
  return id === null ? null : map.predictions.texts[id] ?? `id ${id}`;
}

/** The likeliest next tokens of a cell; null while they are not there. @param {Cell} cell */
export function topOf({ map, row, position }) {
  if (map.predictions.key !== map.key) return null;
  const { header, texts, ids, probabilities } = map.predictions;
  const { k, tokens, idBits, probabilityBits } = header;
  return Array.from({ length: k }, (_, rank) => {
    const index = (row * tokens + position) * k + rank;
    const id = bitsAt(ids, index * idBits, idBits);
    return { id, text: texts[id] ?? `id ${id}`,
             probability: shareOf(bitsAt(probabilities, index * probabilityBits, probabilityBits)) };
  });
}

/** The share of some thousandths, of which none and all are hardly ever exactly that. */
const shareOf = (thousandths) => Math.min(0.9996, Math.max(0.0004, thousandths / 1000));
