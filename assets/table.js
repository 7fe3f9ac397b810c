/* The cells in view of a map that is of no one text, such as a difference or a study's, as a CSV table made
   in the browser: every number that a cell has is there already. */
(function () {
  "use strict";

  const saveTable = (map) => window.layerscope.download(
    new Blob([tableOf(map)], { type: "text/csv" }), window.layerscope.fileName(map, "csv"));

  /* One line for every cell: layer, position, name if it has one, token, value, and what else is known. */
  function tableOf(map) {
    const { visible, rowsInView, graph } = window.layerscope;
    const { name, unit, names, tokens, layers, lines = [] } = map.meta;
    const { xaxis, yaxis } = graph(map).layout;
    const [first, last] = visible(map, xaxis.range);
    const [low, high] = rowsInView(map, yaxis.range);
    const more = lines.flatMap(({ label, upper }) => (upper ? [`${label}, low`, `${label}, high`] : [label]));
    const text = [["layer", "position", ...(names ? ["name"] : []), "token", "value", ...more, "measure", "unit", "of"]];
    for (let row = low; row <= high; row++) {
      for (let column = first; column <= last; column++) {
        text.push([layers[row], column, ...(names ? [names[column]] : []), JSON.stringify(tokens[column]),
                   number(map.z[row * map.columns + column]),
                   ...lines.flatMap((line) => numbers(line, row, column)), name, unit, about(map)]);
      }
    }
    return `${text.map((line) => line.map(quoted).join(",")).join("\n")}\n`;
  }

  const numbers = ({ values, upper }, row, column) =>
    [values, ...(upper ? [upper] : [])].map((of) => of[row][column] ?? "");

  /* As many digits as tell one number of four bytes from all others; a cell without a value stays empty. */
  const number = (value) => (Number.isFinite(value) ? Number(value.toPrecision(9)) : "");

  const about = ({ meta: { about: said, request } }) =>
    said || [request.map, request.minus].filter(Boolean).join(" minus ");

  /* A text that a spreadsheet would take for a formula is set off by an apostrophe. */
  function quoted(value) {
    const text = typeof value === "string" && /^[=+@\t\r]|^-(?![\d.]+$)/.test(value) ? `'${value}` : String(value ?? "");
    return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  window.layerscope = Object.assign(window.layerscope || {}, { saveTable });
})();
