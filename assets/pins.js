/* Which cell of a map is open, and which are pinned to be compared. A finger's first tap reads a cell,
   its second opens it. */
(function () {
  "use strict";

  const DOUBLE_CLICK = 500;
  const MOST_PINS = 6;
  const set = (map, part, props) => window.dash_clientside.set_props(`${map.prefix}-${part}`, props);
  const same = (one, other) => Boolean(one && other && one.row === other.row && one.column === other.column);
  const part = (map, name) => document.getElementById(`${map.prefix}-${name}`);

  let clickedAt = 0;
  let touchedAt = -Infinity;
  let undoneAt = -Infinity;
  let pointedWith = "mouse";

  /* After a tap browsers play mouse events, and tell where a mouse rests: neither is a mouse that moves. */
  document.addEventListener("pointerdown", ({ pointerType }) => { pointedWith = pointerType; }, true);
  document.addEventListener("pointermove", ({ pointerType, movementX, movementY }) => {
    if (movementX || movementY) pointedWith = pointerType;
  }, true);
  const isByFinger = () => pointedWith === "touch";

  /* Opens a cell; the one that is open already is closed. */
  function clicked(cell, event) {
    const { map } = cell;
    const now = event.timeStamp; // when it happened, not when this busy page came to it
    const byFinger = /^touch/.test(event.type);
    if (!byFinger && now - touchedAt < DOUBLE_CLICK) return null; // the browser's echo of a tap
    if (byFinger) touchedAt = now;
    if (now < undoneAt) return null; // Plotly tells of a double click before its second click
    map.byFinger = byFinger;
    if (byFinger && !same(map.tapped, cell)) {
      map.tapped = cell;
      window.layerscope.point(map, cell);
      return window.layerscope.showTooltip(cell, event.changedTouches?.[0] || event.touches[0]);
    }
    map.tapped = null;
    window.layerscope.hideTooltip();
    if (now - clickedAt > DOUBLE_CLICK) map.before = map.open;
    clickedAt = now;
    if (event.shiftKey) return togglePin(map, cell);
    toggle(map, cell);
    // On a phone the panel is below the map: there is nothing to see of it otherwise.
    const panel = byFinger && map.open && part(map, "panel");
    if (panel && !panel.closest(".opened-cells")) panel.scrollIntoView({ block: "start" });
    return null;
  }

  function toggle(map, cell) {
    setOpen(map, same(map.open, cell) ? null : { row: cell.row, column: cell.column });
  }

  function setOpen(map, cell) {
    map.open = cell;
    window.layerscope.outline(map);
    window.layerscope.showCell(map, cell);
    window.layerscope.tell(map, "opened", { cell });
  }

  function undoOpen(map) {
    undoneAt = performance.now();
    if (!same(map.open, map.before)) setOpen(map, map.before);
  }

  /* What the server is asked for: the map's own request, and which cell of it. */
  const asked = (map, { row, column }) => ({
    ...map.meta.request, row, position: window.layerscope.positionOf(map, column), column,
    ...(map.meta.names ? { column_name: map.meta.names[column] } : {}) });

  function togglePin(map, cell) {
    const others = map.pins.filter((pin) => !same(pin, cell));
    const pins = others.length < map.pins.length ? others : [...map.pins, cell].slice(-MOST_PINS);
    setPins(map, pins);
  }

  function setPins(map, cells) {
    map.pins = cells.map(({ row, column }) => ({ row, column }));
    set(map, "pins", { data: map.pins.map((cell) => asked(map, cell)) });
    markButton(map);
    window.layerscope.redraw(map);
    window.layerscope.tell(map, "pins", { cells: map.pins });
  }

  function forgetPins(map) {
    const { open, pins } = map;
    Object.assign(map, { open: null, before: null, tapped: null, pins: [] });
    if (pins.length) set(map, "pins", { data: [] });
    if (!open) return;
    window.layerscope.showCell(map, null);
    set(map, "opened", { data: null }); // at once: a link may open a cell of the next text right away
  }

  /* The panel's Pin button says whether its cell is pinned. */
  function markButton(map) {
    const button = part(map, "cell")?.querySelector(".pin");
    if (!button) return;
    const at = map.pins.findIndex((pin) => same(pin, map.open));
    button.setAttribute("aria-pressed", String(at >= 0));
    button.textContent = at >= 0 ? `Pinned ${at + 1}` : "Pin";
  }

  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const cell = target.matches?.("[data-parts], [id$=-cell]") && target.closest("[id$=-cell]");
      if (cell) markButton(window.layerscope.mapOfId(cell.id));
    }
  }).observe(document, { childList: true, subtree: true });

  document.addEventListener("click", ({ target }) => {
    const owner = target.closest?.("[id$=-cell], [id$=-compared]");
    const button = target.closest?.("button");
    if (!owner || !button) return;
    const map = window.layerscope.mapOfId(owner.id);
    const pinned = map.pins[button.dataset.pin];
    if (button.matches(".pin") && map.open) togglePin(map, map.open);
    if (button.matches(".close")) setOpen(map, null);
    if (button.matches(".open-pin") && pinned) setOpen(map, pinned);
    if (button.matches(".unpin") && pinned) togglePin(map, pinned);
  });

  window.layerscope = Object.assign(window.layerscope || {}, {
    asked, clicked, isByFinger, toggle, setOpen, undoOpen, togglePin, setPins, forgetPins });
})();
