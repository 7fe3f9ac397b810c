"""The answers that a study could not use, beneath those that it used."""

from collections.abc import Mapping
from typing import Any

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from dashboard.page.probe_ids import PROBE, Probe
from dashboard.views.probe.maps.find import find_study
from dashboard.views.probe.studies.tables import answers_grid
from model_backend import Backend, ProbeStudy

NOT_KEPT = "Which ones is not known: the study is older than their list."
KEPT = "None of them had a say in any number here. Click a row to ask it again."

NO_MARK: dict[str, Any] = {"tokens": None, "exact": []}
"""Mark of an answer without an exact answer."""


def dropped_part() -> Component:
    """A closed table, hidden until a study is looked at that could not use some answers."""
    grid = answers_grid(Probe.DROPPED, {"field": "why", "flex": 2, "minWidth": 180})
    parts = [html.Summary(id=Probe.HOW_MANY_DROPPED), html.P(id=Probe.WHY_DROPPED), grid]
    return html.Details(parts, id=Probe.UNUSED, className="dropped", hidden=True)


def register(app: Dash, backend: Backend) -> None:
    """Fill the table whenever another study is shown."""

    @app.callback(
        Output(Probe.UNUSED, "hidden"),
        Output(Probe.HOW_MANY_DROPPED, "children"),
        Output(Probe.WHY_DROPPED, "children"),
        Output(Probe.DROPPED, "rowData"),
        Input(PROBE.request, "data"),
        prevent_initial_call=True,
    )
    def list_dropped(
        request: Mapping[str, Any] | None,
    ) -> tuple[bool, str, str, list[dict[str, Any]]]:
        at = find_study(backend, request["map"]) if request else None
        if at is None or not at.study.card.dropped:
            return True, "", "", []
        return False, how_many(at.study), why(at.study), dropped_rows(at.study)


def how_many(study: ProbeStudy) -> str:
    """Count the answers that were not used."""
    n = sum(study.card.dropped.values())
    return "1 answer was not used" if n == 1 else f"{n:,} answers were not used"


def why(study: ProbeStudy) -> str:
    """A sentence with the reasons for which answers were dropped, and the count of each."""
    reasons = " · ".join(f"{n:,}: {reason}" for reason, n in study.card.dropped.items())
    return f"{reasons}. {KEPT if study.dropped else NOT_KEPT}"


def dropped_rows(study: ProbeStudy) -> list[dict[str, Any]]:
    """One line for every answer that was not used."""
    return [
        {
            "question": each.question,
            "answer": each.answer,
            "exact answer": each.exact_answer,
            "right answer": each.right_answer,
            "why": each.why or each.reason,
            "group": each.group,
            "model": study.request.model,
            "aliases": list(each.aliases),
            "length": study.request.max_new_tokens,
            "mark": None if each.exact_answer else NO_MARK,
            "given": each.answer if study.card.answers_given else "",
        }
        for each in study.dropped
    ]
