/* A prompt and its answer as tokens, in parts that are labelled. Those of the answer say how likely each
   was, and are marked as the exact answer by dragging, by a click, or from the keyboard. */
(function () {
  "use strict";

  const LABELS = { template: "template", question: "question", answer: "answer", end: "end" };
  const stream = () => document.getElementById("ask-stream");

  let shown = null; // what is on screen: texts, parts, nPrompt, exact ...
  let cursor = null; // the keyboard's place among the answer's tokens, and where its range began
  let drag = null;

  /* While it grows: the question as it was typed, and the tokens so far. */
  function drawGrowing({ request, texts, probabilities }) {
    draw({ texts: [request.question, ...texts], parts: ["question", ...texts.map(() => "answer")],
           ids: [], nPrompt: 1, probabilities, exact: null, isGrowing: true });
  }

  /* Dash calls this with the answer as it was read. */
  function drawAnswer(read) {
    if (!read) return;
    draw(read);
    window.layerscope.expectMark(read);
  }

  function draw(data) {
    const same = shown && !data.isGrowing && same_(shown, data) && stream().childElementCount;
    shown = data;
    if (!same) {
      cursor = null;
      stream().replaceChildren(...parts(data), note());
    }
    paint();
  }

  const same_ = (one, other) => !one.isGrowing && JSON.stringify([one.texts, one.ids, one.probabilities])
    === JSON.stringify([other.texts, other.ids, other.probabilities]);

  function* parts(data) {
    let at = 0;
    while (at < data.texts.length) {
      const part = data.parts[at];
      let end = at;
      while (end < data.texts.length && data.parts[end] === part) end += 1;
      yield partOf(data, part, at, end);
      at = end;
    }
    if (data.isGrowing) stream().dataset.growing = "true"; else delete stream().dataset.growing;
  }

  function partOf(data, part, from, to) {
    const box = element("div", `part is-${part}`);
    const tokens = element("div", "tokens");
    for (let at = from; at < to; at += 1) tokens.append(...token(data, at));
    box.append(element("span", "part-name", LABELS[part]), tokens);
    if (part === "answer" && !data.isGrowing) listbox(tokens);
    return box;
  }

  function token(data, at) {
    const made = element("span", "token", data.texts[at]);
    made.title = `token ${at}${data.ids.length ? ` · id ${data.ids[at]}` : ""}`;
    if (at >= data.nPrompt) {
      const probability = data.probabilities[at - data.nPrompt];
      made.dataset.at = at - data.nPrompt;
      made.id = `ask-token-${at - data.nPrompt}`;
      made.style.setProperty("--doubt", (1 - probability).toFixed(3));
      made.title = `${percent(probability)} likely · ${made.title}`;
    }
    return data.texts[at].includes("⏎") ? [made, element("br")] : [made];
  }

  function listbox(tokens) {
    tokens.tabIndex = 0;
    tokens.setAttribute("role", "listbox");
    tokens.setAttribute("aria-multiselectable", "true");
    tokens.setAttribute("aria-label", "Tokens of the answer; the selected ones are the exact answer");
    for (const one of tokens.querySelectorAll(".token")) one.setAttribute("role", "option");
    tokens.addEventListener("keydown", key);
    tokens.addEventListener("pointerdown", (event) => {
      const at = place(event.target);
      if (at === null || event.button !== 0) return;
      drag = { from: at, to: at };
      tokens.focus({ preventScroll: true });
      event.preventDefault(); // else the text is selected
      paint();
    });
    tokens.addEventListener("blur", () => { cursor = null; paint(); });
  }

  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const at = place(document.elementFromPoint(event.clientX, event.clientY));
    if (at === null || at === drag.to) return;
    drag.to = at;
    paint();
  });
  document.addEventListener("pointercancel", () => { drag = null; paint(); });
  document.addEventListener("pointerup", () => {
    if (!drag) return;
    const { from, to } = drag;
    drag = null;
    cursor = { from: to, to };
    choose(from, to);
  });

  /* Marks tokens; the one token that is marked already is let go of. */
  function choose(from, to) {
    const mark = [Math.min(from, to), Math.max(from, to)];
    const same = from === to && shown.exact && shown.exact[0] === from && shown.exact[1] === from;
    shown = { ...shown, exact: same ? null : mark };
    paint();
    window.layerscope.tellMark(same ? [] : mark);
  }

  function key(event) {
    const last = answerTokens().length - 1;
    const at = cursor || { from: shown.exact?.[0] ?? -1, to: shown.exact?.[0] ?? -1 };
    const to = { ArrowLeft: at.to - 1, ArrowRight: at.to + 1, Home: 0, End: last }[event.key];
    if (to !== undefined) {
      const place = Math.min(last, Math.max(0, to));
      cursor = { from: event.shiftKey && at.from >= 0 ? at.from : place, to: place };
      paint();
    } else if ((event.key === "Enter" || event.key === " ") && cursor && !event.ctrlKey && !event.metaKey) {
      choose(cursor.from, cursor.to);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      window.layerscope.tellMark([]);
    } else {
      return;
    }
    event.preventDefault();
  }

  const answerTokens = () => [...stream().querySelectorAll(".part.is-answer .token")];

  function place(target) {
    const one = target?.closest?.("#ask-stream .part.is-answer .token");
    return one ? Number(one.dataset.at) : null;
  }

  /* What is marked, what is being dragged over, and where the keyboard is. */
  function paint() {
    const range = drag || (cursor && cursor.from !== cursor.to ? cursor : null);
    const [from, to] = range ? [Math.min(range.from, range.to), Math.max(range.from, range.to)]
      : shown?.exact || [1, 0];
    for (const one of answerTokens()) {
      const at = Number(one.dataset.at);
      const isMarked = at >= from && at <= to;
      one.classList.toggle("is-exact", isMarked);
      one.classList.toggle("is-first", isMarked && at === from);
      one.classList.toggle("is-last", isMarked && at === to);
      one.classList.toggle("is-cursor", at === cursor?.to);
      if (one.getAttribute("role")) one.setAttribute("aria-selected", String(isMarked));
    }
    const tokens = stream().querySelector("[role=listbox]");
    if (cursor) tokens?.setAttribute("aria-activedescendant", `ask-token-${cursor.to}`);
    else tokens?.removeAttribute("aria-activedescendant");
    tell(cursor?.to ?? null);
  }

  /* One line that says what the pointer or the keyboard is on. */
  function note() {
    const line = element("p", "token-note muted");
    line.setAttribute("aria-live", "polite");
    return line;
  }

  function tell(at) {
    const line = stream().querySelector(".token-note");
    if (!line) return;
    const probability = at === null ? null : shown.probabilities[at];
    line.textContent = at === null ? "Shaded: what the model was less sure of."
      : `${shown.texts[shown.nPrompt + at]} · ${percent(probability)} likely after all before it · `
        + `token ${at + 1} of the answer`;
  }

  document.addEventListener("pointerover", ({ target }) => {
    if (!target.closest?.("#ask-stream") || drag) return;
    tell(place(target) ?? cursor?.to ?? null);
  });

  function percent(share) {
    if (share === undefined || share === null) return "";
    return share < 0.001 ? "<0.1%" : `${(100 * share).toFixed(1)}%`;
  }

  function element(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  window.layerscope = Object.assign(window.layerscope || {}, { drawGrowing });
  window.dash_clientside = Object.assign(window.dash_clientside || {}, {});
  window.dash_clientside.layerscope = Object.assign(window.dash_clientside.layerscope || {}, { drawAnswer });
})();
