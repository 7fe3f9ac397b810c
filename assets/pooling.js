/* A map's numbers, and fewer of them where there are more columns than pixels. */
(function () {
  "use strict";

  /* Read the server's numbers into the map's state. */
  function readNumbers(map, packed) {
    map.z = decode(packed);
    [map.rows, map.columns] = packed.shape.split(",").map(Number);
    map.centre = rowCentres(map);
  }

  function decode({ bdata, dtype }) {
    if (dtype !== "f4") throw new Error(`the map has numbers of type ${dtype}, not f4`);
    const base64 = bdata.replaceAll("_", "/").replaceAll("-", "+"); // see pack_figure in wire.py
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new Float32Array(bytes.buffer);
  }

  function rowCentres({ z, rows, columns }) {
    const centres = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      const finite = z.slice(row * columns, (row + 1) * columns).filter(Number.isFinite).sort();
      centres[row] = finite.length ? finite[finite.length >> 1] : 0;
    }
    return centres;
  }

  /* Columns first..last in as many bins as there are pixels. A bin shows the value that is furthest from
     its row's median, so that a single outlier among thousands of tokens is never lost. */
  function pooled(map, first, last, pixels) {
    const width = Math.max(1, Math.ceil((last - first + 1) / pixels));
    const bins = Math.ceil(map.columns / width);
    const rows = [];
    map.width = width;
    map.source = new Int32Array(map.rows * bins);
    for (let row = 0; row < map.rows; row++) {
      const out = new Array(bins);
      for (let bin = 0; bin < bins; bin++) {
        const column = extreme(map, row, bin * width, Math.min(map.columns, (bin + 1) * width));
        map.source[row * bins + bin] = column;
        const value = map.z[row * map.columns + column];
        out[bin] = Number.isFinite(value) ? value : null;
      }
      rows.push(out);
    }
    return { z: rows, x0: (width - 1) / 2, dx: width };
  }

  function extreme(map, row, from, to) {
    let best = from;
    let most = -1;
    for (let column = from; column < to; column++) {
      const away = Math.abs(map.z[row * map.columns + column] - map.centre[row]);
      if (away > most) [best, most] = [column, away];
    }
    return best;
  }

  window.layerscope = Object.assign(window.layerscope || {}, { readNumbers, pooled });
})();
