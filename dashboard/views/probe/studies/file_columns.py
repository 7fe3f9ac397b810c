"""The part of the study form that says how a file of questions is read."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.page.components import definition_mark
from dashboard.page.probe_ids import Form, column_id
from model_backend import (
    COLUMN_ROLES,
    SEPARATORS,
    ColumnMapping,
    DatasetPreview,
    DatasetQuestion,
    LabelScope,
)

NO_COLUMN, NO_SEPARATOR = "no column", "none"
TYPING_PAUSE = 600
"""Milliseconds after the last key until a typed question is read."""
ROLE_LABELS = {
    "question": "Question",
    "answer": "Right answer",
    "aliases": "Other right answers",
    "wrong_answers": "Wrong answers",
    "group": "Group",
    "split": "Split",
    "model_answer": "Answers of a model",
    "exact_answer": "Exact answers",
    "correct": "Labels",
}
HINT = (
    "A question of several columns names them in braces; the column of questions is then not used. "
    "Answers are labelled by their first sentence; choose the whole answer if it works something "
    "out and states the result last. Where a row has wrong answers, or the file has at most twelve "
    "different right answers and no number, the whole answer is read for one of these. Answers of "
    "a model are read in place of generated ones. Exact answers are the words that state an "
    "answer. Labels are 1 or 0, true or false, yes or no, right or wrong; with labels, right "
    "answers may be missing."
)


def columns_part() -> Component:
    """Select boxes for the columns, and fields for question, separator and labels."""
    selects = [
        dmc.Select(id=column_id(role), label=ROLE_LABELS[role], data=[], allowDeselect=False,
                   size="xs")
        for role in COLUMN_ROLES
    ]  # fmt: skip
    words = html.P("Which column of the file holds what?", className="muted")
    return html.Div(
        [
            html.Div([words, definition_mark(HINT)], className="upload-and-hint"),
            html.Div(selects, className="columns"),
            html.Div(_reading(), className="columns"),
            html.P(id=Form.FIRST, className="muted"),
        ],
        id=Form.COLUMNS,
        hidden=True,
    )


def _reading() -> list[Component]:
    return [
        dmc.TextInput(id=Form.TEMPLATE, label="Question of several columns", value="",
                      placeholder="{sentence} {q_instruct}", debounce=TYPING_PAUSE, size="xs"),
        dmc.Select(id=Form.SEPARATOR, label="Separator of answers", value=NO_SEPARATOR,
                   data=[NO_SEPARATOR, *SEPARATORS[1:]], allowDeselect=False, size="xs"),
        dmc.Select(id=Form.SCOPE, label="Labels go by", value=LabelScope.FIRST_SENTENCE.value,
                   data=[scope.value for scope in LabelScope], allowDeselect=False, size="xs"),
    ]  # fmt: skip


def read_mapping(columns: Sequence[str | None], fields: Mapping[str, str | None]) -> ColumnMapping:
    """Column mapping from the select boxes, one for every role, and from the other fields."""
    names = ("" if name in (None, NO_COLUMN) else name for name in columns)
    separator = fields["separator"] or ""
    return ColumnMapping(
        **dict(zip(COLUMN_ROLES, map(str, names), strict=True)),
        template=(fields["template"] or "").strip(),
        separator="" if separator == NO_SEPARATOR else separator,
        scope=fields["scope"] or LabelScope.FIRST_SENTENCE,
    )


def show_mapping(found: DatasetPreview) -> dict[str, Any]:
    """Values of all fields for a previewed file."""
    chosen = [getattr(found.mapping, role) for role in COLUMN_ROLES]
    return {
        "choices": [[NO_COLUMN, *found.columns]] * len(COLUMN_ROLES),
        # What is not among the choices a select box would let go of, and ask again without end.
        "chosen": [name if name in found.columns else NO_COLUMN for name in chosen],
        "fields": {
            "template": found.mapping.template,
            "separator": found.mapping.separator or NO_SEPARATOR,
            "scope": str(found.mapping.scope),
        },
        "first": first_question(found),
    }


def first_question(found: DatasetPreview) -> list[Component | str]:
    """The first question as the model will see it, with its answers."""
    if not found.first:
        return []
    one = found.first[0]
    said = {
        "Right": " or ".join(filter(None, (one.answer, *one.aliases))),
        "Wrong": ", ".join(one.wrong_answers),
        "Answer": one.model_answer,
        "Exact answer": one.exact_answer,
        "Label": label_word(one),
    }
    parts = ". ".join(f"{name}: {text}" for name, text in said.items() if text)
    return ["First row: ", html.Q(one.question), f" {parts}"]


def label_word(question: DatasetQuestion) -> str:
    """The label that the file gives to an answer; empty if it gives none."""
    return "" if question.correct is None else ("right" if question.correct else "wrong")
