/* Follows an answer while it grows, and stops it. The page asks again and again for the tokens that are
   new; an answer that nobody asks for ends by itself. tokens.js draws what has come. */
(function () {
  "use strict";

  const SOON = 100, LATER = 300, PATIENCE = 8; // milliseconds between two looks; looks that may fail
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const address = (what) => window.layerscope.addressOf(`answer/${what}`);
  const json = (values) => new Blob([JSON.stringify(values)], { type: "application/json" });

  let current = null;
  let expected = null; // the mark that a question brings, for the answer that is to come

  /* Dash calls this when a question was taken. An earlier answer that still grows is stopped. */
  function followAnswer(started) {
    if (!started) return;
    if (current?.isRunning) stop();
    const mark = expected?.question === started.request.question ? expected.mark : null; // or it was refused
    current = { ...started, texts: [], probabilities: [], isRunning: true, failed: 0, mark };
    expected = null;
    set("page-error", { hide: true });
    set("ask-verdict", { children: null });
    tellBusy(true);
    window.layerscope.drawGrowing(current);
    look(current);
  }

  async function look(answer) {
    let said;
    try {
      const response = await fetch(address("progress"), { method: "POST", body: json(
        { answer: answer.answer, since: answer.texts.length }) });
      said = await response.json();
      if (!response.ok) said = { running: false, error: said.error };
      answer.failed = 0;
    } catch {
      answer.failed += 1;
      if (answer.failed < PATIENCE) return setTimeout(look, LATER * answer.failed, answer);
      said = { running: false, error: "The server does not answer. Your question is kept; press Ask again." };
    }
    if (answer === current) take(answer, said);
  }

  function take(answer, said) {
    answer.texts.push(...(said.texts || []));
    answer.probabilities.push(...(said.probabilities || []));
    document.getElementById("ask-answer").style.setProperty("--share", said.share || 0);
    if (said.running) {
      window.layerscope.drawGrowing(answer);
      set("ask-progress", { children: said.said });
      setTimeout(look, answer.texts.length < 200 ? SOON : LATER, answer);
      return;
    }
    answer.isRunning = false;
    answer.ids = said.ids;
    tellBusy(false);
    if (said.error) {
      set("ask-progress", { children: "No answer." });
      set("page-error", { children: said.error, hide: false });
    } else {
      window.layerscope.drawGrowing(answer);
      set("ask-answered", { data: { answer: answer.answer, request: answer.request, ids: said.ids } });
    }
  }

  function tellBusy(isBusy) {
    set("ask-stop", { disabled: !isBusy });
    set("ask-answer", { className: isBusy ? "card answer is-busy" : "card answer" });
    if (isBusy) set("ask-progress", { children: "Waiting for the model" });
  }

  const stop = () => navigator.sendBeacon(address("stop"), json({ answer: current.answer }));

  function stopAnswer() {
    if (current?.isRunning) stop();
  }

  /* A right answer that came with its question goes when another is typed; one that was typed stays. */
  let cameAlong = true;
  document.addEventListener("input", ({ target }) => {
    if (target.id === "ask-right") cameAlong = false;
    if (target.id !== "ask-question" || !cameAlong || !document.getElementById("ask-right").value) return;
    set("ask-right", { value: "" });
    set("ask-aliases", { value: [] });
  });

  /* An example: the question, the right answer, and its aliases. */
  function chooseQuestion(value) {
    const { no_update } = window.dash_clientside;
    if (!value) return [no_update, no_update, no_update, no_update];
    cameAlong = true;
    set("ask-example", { value: null }); // so that the same example can be chosen again
    const [question, right, ...aliases] = JSON.parse(value);
    return [question, right || "", aliases, { at: Date.now() }];
  }

  /* Another view's question, asked here: its text, a model, the right answer and its aliases. A study's also
     brings the longest answer, and where the exact answer was: its rule need not be the one here. */
  async function askAbout({ question, model, right, aliases, length, mark }) {
    current = current || { isRunning: false }; // no first example then
    cameAlong = true;
    window.location.hash = "#ask";
    await window.layerscope.entered("ask");
    set("ask-question", { value: question });
    if (model) set("ask-model", { value: model });
    set("ask-right", { value: right || "" });
    set("ask-aliases", { value: aliases || [] });
    if (length) {
      set("ask-length", { value: length });
      set("ask-temperature", { value: 0 });
    }
    expected = mark ? { question, mark } : null;
    window.scrollTo(0, 0); // whoever clicked may have been far below
    set("ask-chosen", { data: { at: Date.now() } });
  }

  /* By hand: back to the answer that the rule finds, or none at all. */
  function unmark() {
    const byRule = window.dash_clientside.callback_context.triggered[0]?.prop_id.startsWith("ask-again");
    tellMark(byRule ? null : []);
  }

  /* Once an answer is read: the mark that came with its question, if it is that answer and marked otherwise. */
  function expectMark({ ids, nPrompt, exact }) {
    const mark = current?.mark;
    if (!mark || current.isRunning || String(ids.slice(nPrompt)) !== String(current.ids)) return;
    current.mark = null;
    const isThatAnswer = mark.tokens === null || mark.tokens === ids.length;
    if (isThatAnswer && String(mark.exact) !== String(exact || [])) tellMark(mark.exact);
  }

  function tellMark(mark) {
    if (current && !current.isRunning) set("ask-mark", { data: { of: current.answer, mark } });
  }

  // The first look at the view has an answer in it.
  document.addEventListener("layerscope:view", ({ detail }) => {
    if (detail.name === "ask" && !current) setTimeout(() => document.getElementById("ask-run")?.click(), 100);
  });
  window.addEventListener("pagehide", ({ persisted }) => {
    if (!persisted) stopAnswer();
  });

  window.layerscope = Object.assign(window.layerscope || {}, { askAbout, expectMark, tellMark });
  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, {
    chooseQuestion, followAnswer, stopAnswer, unmark });
})();
