/* What has been typed and not been run, for every step of the history: Back and Forward bring it back, and
   so does a reload. It stays in this tab and is in no link: a link is of what is on screen. */
(function () {
  "use strict";

  const STORE = "layerscope-drafts";
  const MOST_STEPS = 60;
  const drafts = new Map(read()); // of each step: what was typed, by the name of its part

  function read() {
    try {
      return JSON.parse(window.sessionStorage.getItem(STORE)) || [];
    } catch {
      return []; // the browser keeps nothing, or not this
    }
  }

  const step = () => window.history.state?.step;

  /* The next step of the history gets a name of its own: what history.pushState is to keep. */
  const nextStep = () => ({ step: Math.random().toString(36).slice(2) });

  /* Of these boxes, what is not known already: not what the map on screen is of. */
  function keepDraft(boxes) {
    const unknown = boxes.filter(({ value, known }) => value != null && !known.includes(value));
    const typed = Object.fromEntries(unknown.map(({ name, value }) => [name, value]));
    if (!step()) window.history.replaceState({ ...window.history.state, ...nextStep() }, "", window.location.href);
    drafts.delete(step());
    if (Object.keys(typed).length) drafts.set(step(), typed);
    while (drafts.size > MOST_STEPS) drafts.delete(drafts.keys().next().value);
    try {
      window.sessionStorage.setItem(STORE, JSON.stringify([...drafts]));
    } catch {
      window.sessionStorage.removeItem(STORE); // too much to keep over a reload
    }
  }

  const draft = () => drafts.get(step()) || {};

  window.layerscope = Object.assign(window.layerscope || {}, { draft, keepDraft, nextStep });
})();
