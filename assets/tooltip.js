/* What a cell says when the pointer is over it. Composed here from arrays that are already in the
   browser: no request for a hover. One tooltip serves every map of the page. */
(function () {
  "use strict";

  let box = null;
  let shown = null;

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

  const refreshTooltip = () => shown && showTooltip(...shown);

  function contents(cell) {
    const { map, row, column, position, value, intensity } = cell;
    const { meta } = map;
    const head = element("div", "tooltip-head");
    head.append(element("code", "", meta.tokens[column]), element("span", "", `layer ${meta.layers[row]}`));
    const where = [meta.names?.[column], meta.ids && `position ${position}`,
                   meta.ids && `id ${meta.ids[column]}`].filter(Boolean).join(" · ");
    const parts = [head, element("div", "tooltip-where", where),
                   line(meta.name, valueText(value, meta.unit))];
    if (intensity !== undefined && Number.isFinite(value)) {
      parts.push(line("intensity", intensityText(intensity)));
    }
    parts.push(...neighbours(cell));
    if (meta.source) parts.push(element("div", "tooltip-where", `by the ${meta.source}`));
    if (meta.probe) parts.push(line("probe of", meta.probe));
    parts.push(...(meta.lines || []).map((more) =>
      line(more.labels?.[column] || more.label, moreText(more, row, column))));
    return meta.predictions ? [...parts, ...nextTokens(cell)] : parts;
  }

  /* What else is in the cell's column, where several tokens share one. */
  function neighbours({ map, row, column }) {
    const shared = window.layerscope.sharing(map, row, column);
    if (!shared || shared.tokens === 1) return [];
    const { tokens, unit } = map.meta;
    const said = element("div", "tooltip-where",
      `${shared.tokens} tokens share this column; drawn is the furthest from the layer's median, `);
    said.append(shared.drawn === column ? "this one" : element("code", "", tokens[shared.drawn]));
    const value = (at) => valueText(window.layerscope.describe(map, row, at).value, unit);
    return [said, ...shared.sinks.map((at) => line(`▾ ${tokens[at]}, a sink, not drawn`, value(at)))];
  }

  function line(label, text) {
    const made = element("div", "tooltip-value");
    made.append(element("span", "", label), element("strong", "", text));
    return made;
  }

  /* A number of a cell besides its own, or an interval. */
  function moreText({ values, upper, unit }, row, column) {
    const number = (rows) => valueText(rows[row][rows[row].length > 1 ? column : 0] ?? NaN, unit);
    return upper ? `${number(values)} to ${number(upper)}` : number(values);
  }

  function nextTokens(cell) {
    const top = window.layerscope.topOf(cell);
    if (top) return [element("div", "tooltip-title", "next token, read at this layer"), ...top.map(bar)];
    const why = cell.map.predictions.failed ? "predictions could not be fetched; press Run to try again"
      : "predictions are on their way …";
    return [element("div", "tooltip-title", why)];
  }

  /* One line for screen readers. */
  function say(cell) {
    const { map, row, column, position, value } = cell;
    const { meta } = map;
    const top = meta.predictions && window.layerscope.topOf(cell);
    const where = meta.names?.[column] || `position ${position}`;
    document.getElementById(`${map.prefix}-live`).textContent = `layer ${meta.layers[row]}, ${where}, `
      + `token ${meta.tokens[column]}, ${valueText(value, meta.unit)}${top ? `, next ${top[0].text}` : ""}`;
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

  /* A probability, or a difference of two. */
  function share(value) {
    if (value !== 0 && Math.abs(value) < 1e-6) return value > 0 ? "<0.0001%" : ">-0.0001%";
    return `${Number((100 * value).toPrecision(3))}%`;
  }

  function valueText(value, unit) {
    if (!Number.isFinite(value)) return "no value here";
    if (unit === "probability") return share(value);
    if (unit === "P(correct)") return `${unit} ${value.toFixed(3)}`;
    if (Number.isInteger(value) && Math.abs(value) < 1e6) return `${value.toLocaleString("en-US")} ${unit || ""}`.trim();
    const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(2)
      : String(Number(value.toPrecision(4)));
    return unit ? `${text} ${unit}` : text;
  }

  function intensityText(intensity) {
    if (intensity > 1.0000005) return "1.00 (clipped: above the range)";
    if (intensity < 0.4999995) return "0.50 (clipped: below the range)";
    return intensity.toFixed(2);
  }

  /* Beside what is pointed at, `clear` pixels further where that is a cell's middle. */
  function place({ clientX, clientY, clear = 0 }) {
    const { offsetWidth: width, offsetHeight: height } = box;
    const away = 16 + clear;
    const right = clientX + away + width < window.innerWidth;
    const left = right ? clientX + away : Math.max(8, clientX - away - width);
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
    showTooltip, refreshTooltip, hideTooltip, say });
})();
