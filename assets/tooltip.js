/* What a cell says when the pointer is over it. Composed here from arrays that are already in the
   browser: no request for a hover. */
(function () {
  "use strict";

  let predictions = { key: null, wanted: null };
  let box = null;
  let shown = null;
  const vocabularies = new Map();

  const prefix = () =>
    JSON.parse(document.getElementById("_dash-config").textContent).requests_pathname_prefix;

  /* Fetch the top predictions of every cell of a request; layout: dashboard/wire.py. */
  async function fetchPredictions(request) {
    const key = JSON.stringify(request);
    predictions = { key: null, wanted: key };
    const fetched = await readPredictions(request, key).catch(() => ({ key: null, failed: true }));
    if (predictions.wanted !== key) return; // another text was asked for meanwhile
    predictions = { ...fetched, wanted: key };
    if (shown) showTooltip(...shown);
  }

  async function readPredictions(request, key) {
    const response = await answered(fetch(`${prefix()}_layerscope/predictions`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: key }));
    const buffer = await response.arrayBuffer();
    const size = new DataView(buffer).getUint32(0, true);
    const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
    const texts = await vocabulary(request.model, header.revision);
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
      const texts = answered(fetch(`${prefix()}_layerscope/vocabulary?${query}`))
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

  function topOf(row, position) {
    const { header, texts, ids, probabilities } = predictions;
    const { k, tokens, idBits, probabilityBits } = header;
    return Array.from({ length: k }, (_, rank) => {
      const index = (row * tokens + position) * k + rank;
      const id = bitsAt(ids, index * idBits, idBits);
      return { text: texts[id] ?? `id ${id}`,
               probability: bitsAt(probabilities, index * probabilityBits, probabilityBits) / 1000 };
    });
  }

  function showTooltip(cell, event) {
    shown = [cell, event];
    box = box || document.body.appendChild(element("div", "tooltip"));
    box.setAttribute("role", "status");
    box.replaceChildren(...contents(cell));
    box.classList.add("is-shown");
    place(event);
  }

  function hideTooltip() {
    shown = null;
    if (box) box.classList.remove("is-shown");
  }

  function contents({ row, position, value, intensity, meta }) {
    const head = element("div", "tooltip-head");
    head.append(element("code", "", meta.tokens[position]),
                element("span", "", `layer ${meta.layers[row]}`));
    const where = element("div", "tooltip-where", `position ${position} · id ${meta.ids[position]}`);
    const number = element("div", "tooltip-value");
    number.append(element("span", "", meta.name), element("strong", "", valueText(value, meta.unit)));
    const parts = [head, where, number];
    if (intensity !== undefined && Number.isFinite(value)) {
      const line = element("div", "tooltip-value");
      line.append(element("span", "", "intensity"), element("strong", "", intensityText(intensity)));
      parts.push(line);
    }
    if (predictions.key === JSON.stringify(meta.request)) {
      parts.push(element("div", "tooltip-title", "next token, read at this layer"),
                 ...topOf(row, position).map(bar));
    } else {
      const why = predictions.failed ? "predictions could not be fetched; press Run to try again"
        : "predictions are on their way …";
      parts.push(element("div", "tooltip-title", why));
    }
    return parts;
  }

  /* One line for screen readers. */
  function say({ row, position, value, meta }) {
    const ready = predictions.key === JSON.stringify(meta.request);
    const first = ready ? `, next ${topOf(row, position)[0].text}` : "";
    document.getElementById("explore-live").textContent = `layer ${meta.layers[row]}, position `
      + `${position}, token ${meta.tokens[position]}, ${valueText(value, meta.unit)}${first}`;
  }

  function bar({ text, probability }) {
    const line = element("div", "tooltip-bar");
    const progress = element("progress");
    progress.max = 1;
    progress.value = probability;
    line.append(element("code", "", text), progress, element("span", "", percent(probability)));
    return line;
  }

  const percent = (share) => (share < 0.001 ? "<0.1%" : `${(100 * share).toFixed(1)}%`);

  const share = (value) => (value < 1e-6 ? "<0.0001%" : `${Number((100 * value).toPrecision(3))}%`);

  function valueText(value, unit) {
    if (!Number.isFinite(value)) return "no value here";
    if (unit === "probability") return share(value);
    const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(2)
      : String(Number(value.toPrecision(4)));
    return unit ? `${text} ${unit}` : text;
  }

  function intensityText(intensity) {
    if (intensity > 1.0000005) return "1.00 (clipped: above the range)";
    if (intensity < 0.4999995) return "0.50 (clipped: below the range)";
    return intensity.toFixed(2);
  }

  function place({ clientX, clientY }) {
    const { offsetWidth: width, offsetHeight: height } = box;
    const right = clientX + 16 + width < window.innerWidth;
    const left = right ? clientX + 16 : Math.max(8, clientX - 16 - width);
    const top = Math.min(Math.max(8, clientY - height / 2), window.innerHeight - height - 8);
    box.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  window.layerscope = Object.assign(window.layerscope || {}, {
    fetchPredictions, showTooltip, hideTooltip, say });
})();
