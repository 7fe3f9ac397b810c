/* Choices that depend on other choices: examples, studies and sites. */

import { firstInputId, noUpdate, propsOf, publishComponentFunctions, publishTableFunctions, reactElement,
  setProps } from "../base/dash_internals.js";
import { valueText } from "../base/numbers.js";

const SCORE = "probe score";

/** Dash calls this when an example is chosen: its text, and that it was chosen now. */
export function chooseExample(text) {
  if (!text) return [noUpdate(), noUpdate()];
  setProps(firstInputId(), { value: null }); // so that the same example can be chosen again
  return [text, { text, at: Date.now() }];
}

/** Dash calls this with what a map is of and shows: of an example there is a sentence on what to look at where it
    shows predictions, so never of an encoder. */
export const sayLookFor = (request, measure, { sentences, measures }) =>
  (measures.includes(measure) && sentences[request?.text]) || "";

/** Dash calls this with a scale and a measure. Only an intensity is found over a range of cells; raw and log10
    draw the numbers themselves. A probe score has one scale, on which a colour means the same number on every map. */
export const needsRange = (scale, measure) => [
  measure === SCORE, measure === SCORE || !/^(Intensity|automatic)/.test(scale)];

/** A new value of an input; one that stays the same must not make its callbacks run again. */
const changed = (value, before) => (value === before ? noUpdate() : value);

/** The choice that was made, if there still is one, else the first that can be made. */
const keptOrFirst = (values, chosen) => (values.includes(chosen) ? chosen : values[0] || null);

/** Dash calls this with the studies that can score this map. Which probe is asked only where columns have no names
    of their own. */
export function offerStudies(measure, offers, chosen) {
  if (!offers) return Array(4).fill(noUpdate()); // a link's study waits for its map
  const { studies, named } = offers;
  if (measure !== SCORE) return [studies, noUpdate(), true, true];
  const study = keptOrFirst(studies.map(({ value }) => value), chosen);
  return [studies, changed(study, chosen), false, named];
}

/** Dash calls this with the sites of a measure, or of a study. */
export function offerSites(measure, offers, study, chosen) {
  if (!offers) return Array(3).fill(noUpdate()); // a link's site waits for its map
  const sites = offers.sites[measure === SCORE ? study : measure] || [];
  const possible = sites.filter(({ disabled }) => !disabled).map(({ value }) => value);
  return [sites, changed(keptOrFirst(possible, chosen), chosen), sites.length < 2]; // a disabled one says why
}

/** Dash calls this when a model is picked in a notice. */
export const useModel = (_, name) => name || noUpdate();

/** Add a choice to a select box unless it has it: a saved map's name is among the models once it was opened, and a
    tracked token among the measures. The server names it in full with the map. */
export function addChoice(id, value) {
  const { data } = propsOf(id);
  if (data.some((choice) => choice.value === value || choice.items?.some((item) => item.value === value))) return;
  const choice = { value, label: value };
  setProps(id, { data: data[0]?.items ? [{ group: "Tracked token", items: [choice] }, ...data] : [...data, choice] });
}

const isThere = (value) => value !== null && value !== undefined;

/** A name in a list of choices; a pointer that rests on it reads what it is, or why it cannot be chosen. Numbers in
    tables are written as in the map. */
export function startChoices() {
  publishTableFunctions({ written: (value, unit, isWhole) => (isThere(value) ? valueText(value, unit, isWhole) : "") });
  publishComponentFunctions({
    hintedOption: ({ option }) => reactElement("span", { title: option.hint }, option.label) });
}
