/* What the model would say next in every cell of a map: fetched once for each text, unpacked cell by cell. */
(function () {
  "use strict";

  const vocabularies = new Map();

  /* Fetch the top predictions of every cell of a map's request; layout: dashboard/maps/packing.py. */
  async function fetchPredictions(map) {
    map.predictions = { key: null, wanted: map.key };
    if (!map.meta.predictions) return;
    const { key, meta } = map;
    const fetched = await readPredictions(map.prefix, meta.request, key)
      .catch(() => ({ key: null, failed: true }));
    if (map.predictions.wanted !== key) return; // another text was asked for meanwhile
    map.predictions = { ...fetched, wanted: key };
    window.layerscope.refreshTooltip();
  }

  async function readPredictions(name, request, key) {
    const response = await answered(fetch(window.layerscope.addressOf(`predictions/${name}`), {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request) }));
    const buffer = await response.arrayBuffer();
    const size = new DataView(buffer).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
    const texts = await vocabulary(header.model, header.revision);
    const ids = new Uint8Array(buffer, 4 + size, header.idBytes);
    const probabilities = new Uint8Array(buffer, 4 + size + header.idBytes);
    return { key, header, texts, ids, probabilities };
  }

  async function answered(request) {
    const response = await request;
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return response;
  }

  function vocabulary(model, revision) {
    const query = new URLSearchParams({ model, revision }).toString();
    if (!vocabularies.has(query)) {
      const texts = answered(fetch(window.layerscope.addressOf(`vocabulary?${query}`)))
        .then((response) => response.json());
      texts.catch(() => vocabularies.delete(query)); // so that the next map asks again
      vocabularies.set(query, texts);
    }
    return vocabularies.get(query);
  }

  /* The number of `width` bits that starts at bit `start`, most significant bit first. */
  function bitsAt(bytes, start, width) {
    let value = 0;
    for (let bit = start; bit < start + width; bit++) {
      value = value * 2 + ((bytes[bit >> 3] >> (7 - (bit & 7))) & 1);
    }
    return value;
  }

  /* The likeliest next tokens of a cell; null while they are not there. */
  function topOf({ map, row, position }) {
    if (map.predictions.key !== map.key) return null;
    const { header, texts, ids, probabilities } = map.predictions;
    const { k, tokens, idBits, probabilityBits } = header;
    return Array.from({ length: k }, (_, rank) => {
      const index = (row * tokens + position) * k + rank;
      const id = bitsAt(ids, index * idBits, idBits);
      return { text: texts[id] ?? `id ${id}`,
               probability: bitsAt(probabilities, index * probabilityBits, probabilityBits) / 1000 };
    });
  }

  window.layerscope = Object.assign(window.layerscope || {}, { fetchPredictions, topOf });
})();
