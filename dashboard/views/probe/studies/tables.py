"""The tables of a study: baselines and controls, and the examples behind a cell."""

from collections.abc import Mapping
from typing import Any

import dash_ag_grid as dag
import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboard.page.probe_ids import Probe
from dashboard.views.probe.maps.study_map import StudyAt
from model_backend import ProbeStudy, Reference

GRID_OPTIONS = {
    "pagination": True,
    "paginationPageSize": 10,
    "paginationPageSizeSelector": [10, 50, 500],
    "domLayout": "autoHeight",
    "rowSelection": {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
}
COLUMN = {"sortable": True, "filter": True, "resizable": True, "wrapHeaderText": True,
          "autoHeaderHeight": True}  # fmt: skip
ASKED = (
    {"field": "question", "flex": 3, "minWidth": 220},
    {"field": "answer", "flex": 3, "minWidth": 220},
    {"field": "exact answer", "flex": 1, "minWidth": 120},
    {"field": "right answer", "flex": 1, "minWidth": 120},
)
LEAST_PROBABILITY = "least probability"


def references_table(study: ProbeStudy) -> Component:
    """Every baseline and control beside the best probe, strongest first."""
    heads = ("", "AUC", "95 % interval", "best probe minus this", "95 % interval", "what it is")
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in heads]))
    body = html.Tbody([_reference(reference) for reference in study.references])
    return html.Section(
        [
            html.H2("Baselines and controls"),
            html.P("Scored on the answers and folds of the best cell. A baseline needs no "
                   "activations; a control should find nothing, or little.", className="muted"),
            html.Div(html.Table([head, body], className="plain-table"), className="scroll",
                     tabIndex=0),
        ],
        className="card",
    )  # fmt: skip


def _reference(reference: Reference) -> Component:
    name = [html.Strong(reference.name), html.Span(f" {reference.kind}", className="muted")]
    numbers = [
        part
        for estimate, sign in ((reference.auc, ""), (reference.difference, "+"))
        for part in (f"{estimate.value:{sign}.3f}",
                     f"{estimate.low:{sign}.3f} to {estimate.high:{sign}.3f}")
    ]  # fmt: skip
    cells = [html.Th(name, scope="row"), *(html.Td(number) for number in numbers)]
    return html.Tr([*cells, html.Td(reference.meaning, className="muted")])


def answers_grid(id_: str, *columns: Mapping[str, Any]) -> Component:
    """A table of answers: what was asked and said, and more columns; a row may be chosen."""
    return dag.AgGrid(
        id=id_,
        columnDefs=[{"headerName": column["field"], **column} for column in (*ASKED, *columns)],
        rowData=[],
        defaultColDef=COLUMN,
        dashGridOptions=GRID_OPTIONS,
        className="ag-theme-alpine examples-table",
    )


def examples_card(beneath: Component) -> Component:
    """The table of answers, hidden until a study is chosen; ``beneath`` stands below it."""
    number = {"filter": "agNumberColumnFilter", "width": 130}
    columns = (
        {"field": "verdict", "width": 100},
        {"field": "probe score", **number, **_written("")},
        {"field": LEAST_PROBABILITY, **number, **_written("probability")},
    )
    grid = answers_grid(Probe.EXAMPLES, *columns)
    parts = [html.H2("Examples"), html.P(id=Probe.WHOSE, className="muted"), grid, beneath]
    return html.Section(parts, id=Probe.BEHIND, className="card", hidden=True)


def _written(unit: str) -> dict[str, Any]:
    """A column whose numbers the browser writes by the rule of the map."""
    return {"valueFormatter": {"function": f"written(params.value, '{unit}', false)"}}


def whose_scores(at: StudyAt, row: int, column: int) -> str:
    """Name the probe behind the scores of the table."""
    layer, position = at.study.layer_labels[row], at.study.positions[column]
    where = f"{at.site}, layer {layer}, {position}"
    return f"Probe scores are those of {where}. Click a row to ask it again."


def example_rows(at: StudyAt, row: int, column: int) -> list[dict[str, Any]]:
    """One line for every answer."""
    examples = at.study.examples
    scores = at.study.maps[at.site].scores[row, column]
    least = least_probabilities(at.study)
    return [
        {
            "question": examples.question[n],
            "answer": examples.answer[n],
            "exact answer": examples.exact_answer[n],
            "right answer": examples.right_answer[n],
            "verdict": "right" if examples.is_correct[n] else "wrong",
            "probe score": _number(scores[n]),
            "least probability": _number(least[n]),
            "group": examples.group[n],
            "model": at.study.request.model,
            "aliases": list(examples.aliases[n]),
            "length": at.study.request.max_new_tokens,
            "mark": _mark(at.study, n),
            "given": examples.answer[n] if at.study.card.answers_given else "",
        }
        for n in range(examples.n)
    ]


def _mark(study: ProbeStudy, n: int) -> dict[str, Any]:
    """Token counts of prompt and answer, and the answer's tokens that form the exact answer."""
    token = dict(zip(study.positions, study.examples.indices[n].tolist(), strict=True))
    begin = token["last_q"] + 1
    exact = [token[name] - begin for name in ("exact_answer_first", "exact_answer_last")]
    return {"tokens": token["-1"] + 1, "exact": exact}


def least_probabilities(study: ProbeStudy) -> np.ndarray:
    """The least probability of a token of every exact answer; NaN where it was not measured."""
    if LEAST_PROBABILITY not in study.baseline_names:
        return np.full(study.examples.n, np.nan)
    return study.examples.baselines[:, study.baseline_names.index(LEAST_PROBABILITY)]


def _number(value: float) -> float | None:
    return round(float(value), 4) if np.isfinite(value) else None
