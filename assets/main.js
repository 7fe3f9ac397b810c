/* The page's scripts, started in order. Nothing happens in a module before its start is called here; the functions
   that Dash calls are published here and nowhere else. dashboard/web/scripts.py makes one script of this file and of
   all that it imports. */

import { publishCallbacks } from "./base/dash_internals.js";
import { startCharts } from "./cell/charts.js";
import { startClicks } from "./cell/clicks.js";
import { startHovered } from "./cell/hovered.js";
import { startKeys } from "./cell/keys.js";
import { startOpenCell } from "./cell/open_cell.js";
import { setOpen, setPins, startPins } from "./cell/pins.js";
import { askScores, writeScores } from "./cell/scores.js";
import { showTracked, startTracking } from "./cell/tracking.js";
import { openState, startLinks } from "./links/open_link.js";
import { rememberParts, startRecording } from "./links/record.js";
import { startTypedTexts } from "./links/typed_texts.js";
import { describe } from "./map/cells.js";
import { draw, show } from "./map/draw.js";
import { marks } from "./map/marks.js";
import { startPointer } from "./base/pointer.js";
import { setRange } from "./map/sliders.js";
import { graph, maps } from "./map/state.js";
import { say } from "./map/tooltip.js";
import { zoomTo } from "./map/view.js";
import { hideNotice, sayStatus, startBusy } from "./page/busy.js";
import { chooseExample, needsRange, offerSites, offerStudies, sayLookFor, startChoices, useModel }
  from "./page/choices.js";
import { startIntoWindow } from "./links/into_window.js";
import { startHints } from "./page/hints.js";
import { startMenus } from "./page/menus.js";
import { hideError, startNotice } from "./base/notice.js";
import { startReading } from "./page/reading.js";
import { startServer } from "./page/server.js";
import { startShortcuts } from "./page/shortcuts.js";
import { startStaticHtml } from "./page/static_html.js";
import { startTabStops } from "./page/tab_stops.js";
import { hintAtText, hintAtTwice, runTrimmed } from "./page/text_hints.js";
import { startTextBox } from "./page/text_box.js";
import { startTour } from "./page/tour.js";
import { startTyped } from "./page/typed.js";
import { enterViews, startViews } from "./page/views.js";
import { startMenu } from "./share/menu.js";
import { startOpenFile } from "./share/open_file.js";
import { drawAnswer, followAnswer, startAnswers, stopAnswer } from "./views/answer.js";
import { unmark } from "./views/answer_mark.js";
import { startAnswerTokens } from "./views/answer_tokens.js";
import { offerSideSites, showDifference, showKind } from "./views/compare.js";
import { choosePatchExample, followPatch, patchDrawn, startPatch } from "./views/patch.js";
import { startProbe } from "./views/probe.js";
import { drawWords, showInCells, startWords } from "./words/overlay.js";
import { askAbout, chooseQuestion, startQuestions } from "./views/question.js";
import { armStudy, askAgain, startStudies } from "./views/studies.js";
import { startSyncedMaps, syncMaps } from "./views/synced_maps.js";

publishCallbacks({
  armStudy, askAgain, askScores, chooseExample, choosePatchExample, chooseQuestion, drawAnswer,
  enterViews, followAnswer, followPatch, hideError, hideNotice, hintAtText, hintAtTwice, needsRange, offerSideSites,
  offerSites, offerStudies, openState, patchDrawn, rememberParts, runTrimmed, sayLookFor, sayStatus, setRange, show,
  showDifference, showInCells, showKind, showTracked, stopAnswer, syncMaps,
  unmark, useModel, writeScores });

/* A handle on the maps for the browser's console and for tests/browser; no script of the page uses it. */
Object.assign(globalThis, {
  layerscope: Object.freeze({
    askAbout, describe, draw, drawWords, graph, maps, marks, say, setOpen, setPins, zoomTo }) });

startStaticHtml();
startServer();
startNotice();
startChoices();
startBusy();
startShortcuts();
startTabStops();
startMenus();
startHints();
startIntoWindow();
startTextBox();
startTour();
startTyped();
startReading();
startPointer();
startWords();
startOpenCell();
startHovered();
startPins();
startClicks();
startKeys();
startTracking();
startCharts();
startAnswers();
startAnswerTokens();
startQuestions();
startStudies();
startSyncedMaps();
startPatch();
startProbe();
startTypedTexts();
startRecording();
startLinks();
startMenu();
startOpenFile();
startViews();
