/* The probe score of the open cell and of the pinned ones: asked for when they are on screen, for it may take
   longer than all the rest, and put into the places that dashboard/cell/score.py keeps for it. */
(function () {
  "use strict";

  const isOf = (map, cell) => JSON.stringify(cell) === JSON.stringify(window.layerscope.asked(map, cell));

  /* Nothing is asked where no cell is open or pinned. What is chosen is as in dashboard/cell/score.py. */
  function askScores(opened, table, study, site, probe, offers, pins) {
    const map = window.layerscope.mapOfId(window.dash_clientside.callback_context.inputs_list[0].id);
    const cells = [...(opened ? [opened] : []), ...(table && pins ? pins : [])].filter((cell) => isOf(map, cell));
    return cells.length && offers ? { cells, study, site, probe } : window.dash_clientside.no_update;
  }

  /* A score is told only at its own cell, and only while the map is of the text that it was asked for. */
  function tellScores(scored) {
    const [{ id }] = window.dash_clientside.callback_context.inputs_list;
    const map = window.layerscope.mapOfId(id);
    for (const { cell, score } of scored || []) {
      if (!isOf(map, cell)) continue;
      const at = `[data-at="${cell.row} ${cell.column}"]`;
      for (const place of document.querySelectorAll(`:is(#${map.prefix}-cell, #${map.prefix}-compared) ${at}`)) {
        place.textContent = score[place.dataset.score];
      }
    }
  }

  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, {
    askScores, tellScores });
})();
