"""Hints: a sentence for every control on what it does, shown beside it (assets/page/hints.js).

Labels are the field's terms; the plainer words are here. ``with_hints`` puts them on a layout.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.page.ids import Ask, Compare, Explore, Patch
from dashboard.page.probe_ids import Form, Probe, column_id
from model_backend import COLUMN_ROLES

HINT = "data-hint"
"""The attribute that holds a hint."""

RUN_KEYS = "Ctrl or ⌘ + Enter does the same."
SPECIAL = "On: </s> in the text is the special token of that name. Off: it is four characters."
MODEL = "The language model that reads the text."
COLUMN = "The column of the file that holds this."

OF_MAPS: dict[str, str] = {
    "measure": "The number in every cell. The question mark beside it says what it means.",
    "site": "The place in each block: before it (resid_pre), between attention "
    "and MLP (resid_mid), after it (resid_post), or what either writes.",
    "cells": "The text in the cells, where it fits: the likeliest next token, the number, or none.",
    "study": "The study whose probes score this text.",
    "probe": "The position in answers on which the probe was trained.",
    "scale": "How numbers become colours. Automatic: as the measure reads most easily. Intensity: "
    "contrast from the lowest to the highest. Raw: the number itself. Log10: its logarithm.",
    "span": "The cells that share a range of colours: all of the map, or each layer its own, which "
    "shows differences between tokens where layers differ much.",
    "sinks": "Let tokens with extreme values, such as the first one, set the range of colours too.",
    "show": "The same numbers as a picture or as a table that can be sorted.",
    "profiles": "Curves beside the map: the median of each layer, of each token, or none.",
    "token": "A word whose probability or rank becomes the measure of every cell.",
    "shown": "How likely the token is, or how many tokens are likelier.",
    "other": "Another word: every cell then says how much likelier the first one is.",
    "layers": "The layers that are shown. A drag over the map zooms, too; a double click "
    "shows all.",
    "tokens": "The columns that are shown. A drag over the map zooms, too; a double click "
    "shows all.",
}
"""By the part of a map."""

OF_SIDES: dict[str, str] = {
    "kind": "Put a text or a question with the model's answer on this side.",
    "text": f"The text of this side. {RUN_KEYS}",
    "special": SPECIAL,
    "question": "The question of this side; the model's answer is generated.",
    "model": MODEL,
}
"""By the part of a side of Compare."""

BY_ID: dict[str, str] = {
    Explore.TEXT: f"Any text. {RUN_KEYS}",
    Explore.MODEL: MODEL,
    Explore.RUN: f"Run the model over the text and draw its map. {RUN_KEYS}",
    Explore.SPECIAL: SPECIAL,
    Explore.USE: "Choose this model and run it.",
    Explore.RUN_EDITED: "Draw the map of the text as it now is.",
    Explore.TRIM: "Remove the spaces at its end and run it again.",
    Explore.ONCE: "Take the typed start token out; the tokenizer adds one.",
    Explore.SHORTEN: "Run the longest beginning that the model takes.",
    Ask.QUESTION: f"A question with a short answer. {RUN_KEYS}",
    Ask.MODEL: "The language model that answers.",
    Ask.RUN: f"Let the model answer, and draw the map of its answer. {RUN_KEYS}",
    Ask.STOP: "End the answer here; what there is of it is kept.",
    Ask.RIGHT: "The right answer, if you know it: the model's is then judged, with a reason.",
    Ask.ALIASES: "Other right answers, such as USA for United States.",
    Ask.LENGTH: "The answer ends after this many tokens if the model does not end it.",
    Ask.TEMPERATURE: "0 takes the likeliest token each time; higher values draw less likely ones.",
    Ask.SEED: "Another seed draws other tokens, above temperature 0.",
    Ask.AXIS: "Only the tokens with a name in the study of Orgad et al. 2024, or all tokens.",
    Ask.AGAIN: "Take back what you marked, and find the exact answer again.",
    Ask.NONE: "Say that no part of this answer is a short answer.",
    Ask.USE: "Choose this model and ask it.",
    Compare.ALIGN: "Which tokens are set against each other: those at one place, equal ones in "
    "the same order, or those counted from the end.",
    Compare.AXIS: "Of questions: only the tokens with a name in the study, or all tokens.",
    Compare.SCALE: "The scale of colours that both sides share.",
    Compare.RUN: f"Draw both maps and their difference. {RUN_KEYS}",
    Patch.TEXT_A: "The text whose cells are taken.",
    Patch.TEXT_B: "The text whose cells are replaced, one at a time.",
    Patch.MODEL: MODEL,
    Patch.RUN: f"Replace every cell in turn and draw what follows. {RUN_KEYS}",
    Patch.ANSWER_A: "The answer that text A has; without one, the likeliest.",
    Patch.ANSWER_B: "The answer that text B has; without one, the likeliest.",
    Patch.SITE: "The place in each block that is replaced.",
    Patch.WAY: "What stands in place of a cell: that of the other text, noise, or nothing.",
    Patch.KEEP: "Show this map beside the next ones, with the difference; press again to stop.",
    Patch.FORM: "Both texts as they are, or as questions in the model's chat template.",
    Patch.METRIC: "What is followed: the difference of both answers, or one answer's chances.",
    Patch.WINDOW: "How many layers are replaced together around each row.",
    Patch.PAIRS: "Which token of A is put in place of which token of B.",
    Patch.NOISED: "The tokens of A to which noise is added.",
    Probe.OTHER: "Put another map beside this one, with the difference of the two.",
    Probe.IMPORT: "Bring in a study as the zip file that Download gives.",
    Probe.HOW_MANY_DROPPED: "The answers that could not be used, each with its reason.",
    Form.DATASET: "The questions, whose right answers are known.",
    Form.UPLOAD: "Bring questions of your own, as CSV or JSONL.",
    Form.MODEL: "The language model that answers and is studied.",
    Form.SITES: "The places in each block where probes are trained; each one has a map of its own.",
    Form.SIZE: "The most questions asked. More give narrower intervals and take longer.",
    Form.SEED: "Draws the questions, the folds and the shuffles. Equal seeds give equal studies.",
    Form.RUN: "Start the study. It goes on when the page is closed.",
    Form.PERMUTATIONS: "How often the labels are shuffled to find out what chance alone reaches.",
    Form.RANDOM_MODEL: "A control: probes of a model that has learned nothing.",
    Form.TRUTH: "A baseline: the model is asked whether its own answer is true.",
    Form.KEEP: "Store the vectors in the study's folder; they take much room.",
    Form.TEMPLATE: "Columns in braces make the question: {sentence} {q_instruct}.",
    Form.SEPARATOR: "The sign between several right answers in one cell.",
    Form.SCOPE: "The part of an answer that is searched for a right one.",
    **{column_id(role): COLUMN for role in COLUMN_ROLES},
}  # fmt: skip
"""By the id of a control."""

CELL_HINTS = {
    "pin": "Keep this cell, to compare it with others below the map (P).",
    "close": "Close the cell (Esc).",
    "site": "The measures of this token at this place of the block.",
}
"""Hints of the buttons of an opened cell."""

SUMMARIES: dict[str, str] = {
    "Examples": "Texts to start from, each with what to look at.",
    "View": "Colours, table, profiles, and the part of the map that is shown.",
    "Share": "A link to this view, pictures of it, and its numbers as files.",
    "More: length, temperature, seed": "How long the answer may get, and how tokens are drawn.",
    "Track a token": "Make one token the measure: its probability or rank in every cell.",
    "More: window, pairs, noise": "Layers replaced together, pairs of tokens, noise.",
    "Named positions": "The tokens that have a name in the study, and their places.",
    "The exact prompt": "All that the model reads, with its chat template.",
    "More": "Controls and baselines of the study.",
    "Choose a map": "Your studies, and the published maps.",
}
"""By the words of what folds and unfolds."""

OF_FOLDED = {
    "sure": "The statistics behind these sentences, and how they were found.",
    "why": "What the attention and the MLP of every layer wrote for the one and for the other.",
    "first": "The first rows of the data set, as they are asked.",
    "files": "The study with its answers and activations, or single tables.",
}
"""Hints of what folds and unfolds in parts that come later."""


def with_hints(part: Any) -> Any:
    """The same layout, with a hint on every control that has one here."""
    for component in components(part):
        hint = hint_of(component)
        if hint is not None:
            put_hint(component, hint)
    return part


def components(part: Any) -> Iterator[Component]:
    """A component and all components within it, or within a list of them."""
    if isinstance(part, Component):
        yield part
        part = getattr(part, "children", None)
        if isinstance(part, Component):
            yield from components(part)
    if isinstance(part, Sequence) and not isinstance(part, str):
        for one in part:
            yield from components(one)


def hint_of(component: Component) -> str | None:
    """The hint of a component; None if it has none here."""
    id_ = getattr(component, "id", None)
    if not isinstance(id_, str):
        is_summary = isinstance(component, html.Summary)
        return SUMMARIES.get(words_of(component)) if is_summary else None
    side, _, name = id_.rpartition("-")
    of_part = OF_SIDES.get(name) if side in ("left", "right") else None
    return BY_ID.get(id_) or of_part or OF_MAPS.get(name)


def words_of(part: Any) -> str:
    """Join the text of a component and of its children, by which a menu's hint is found."""
    if isinstance(part, Component):
        return words_of(getattr(part, "children", ""))
    if isinstance(part, list | tuple):
        return "".join(words_of(one) for one in part)
    return str(part or "")


def put_hint(component: Component, hint: str) -> None:
    """Set a hint where the pointer finds it: on the whole of a field, label and all."""
    if "wrapperProps" in component.available_properties:
        setattr(component, "wrapperProps", {HINT: hint})  # noqa: B010 - not known to mypy
    else:
        setattr(component, HINT, hint)
