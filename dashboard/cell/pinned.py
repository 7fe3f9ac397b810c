"""The pinned cells of a map side by side, in the order of the numbers they bear on the map."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.cell.score import ScorePlace, place_of
from dashboard.cell.tracked import measure_name
from dashboard.page.hints import HINT
from dashboard.page.labels import number, ordinal, visible
from model_backend import CellDetail, Measure, Prediction, percent

MOST_PREDICTIONS = 5


def compared(details: Sequence[CellDetail], scores: Sequence[ScorePlace]) -> list[Component]:
    """A table with a column for every pinned cell; nothing where none is pinned."""
    if not details:
        return []
    pinned = zip(details, scores, strict=True)
    heads = [_head(at, detail, place_of(score.cell)) for at, (detail, score) in enumerate(pinned)]
    measures = dict.fromkeys(measure for detail in details for measure in detail.values)
    rows = [
        _row(
            _measure_name(measure, details),
            [number(d.values.get(measure, float("nan")), measure) for d in details],
        )
        for measure in measures
    ]
    rows.append(_row(Measure.PROBE_SCORE.label, [_score(score) for score in scores]))
    top = max(len(detail.predictions) for detail in details)
    likeliest = [
        _row(
            f"next token, {ordinal(rank + 1)}", [_prediction(d.predictions, rank) for d in details]
        )
        for rank in range(min(top, MOST_PREDICTIONS))
    ]
    table = html.Table(
        [html.Thead(html.Tr([html.Td(), *heads])), html.Tbody([*likeliest, *rows])],
        className="numbers",
    )
    frame = html.Div(table, className="scrolls", tabIndex=0, role="group",
                     **{"aria-label": "Pinned cells"})  # fmt: skip
    return [html.H2("Pinned cells"), frame]


def _measure_name(measure: Measure, details: Sequence[CellDetail]) -> str:
    """Its name by the first cell that has it."""
    return measure_name(measure, next(one for one in details if measure in one.values))


def _head(at: int, detail: CellDetail, where: str) -> Component:
    place = f"layer {detail.layer_labels[detail.row]}, {where}"
    let_go = f"Let go of pin {at + 1}"
    named = {"aria-label": let_go, "data-pin": str(at), HINT: let_go}
    return html.Th(
        [
            html.Div(
                [
                    html.Button(
                        [html.Span(at + 1, className="badge"),
                         html.Code(visible(detail.token_text))],
                        className="small open-pin",
                        **{"data-pin": str(at), HINT: "Open this cell."},
                    ),
                    html.Button("✕", className="small unpin", **named),
                ],
                className="pin-head",
            ),
            html.Div(place, className="muted"),
        ],
        scope="col",
    )  # fmt: skip


def _row(label: str, cells: Sequence[str | list[Component | str]]) -> Component:
    return html.Tr([html.Th(label, scope="row"), *(html.Td(cell) for cell in cells)])


def _score(score: ScorePlace) -> list[Component | str]:
    return [score.part("value"), html.Div(score.part("whose"), className="muted")]


def _prediction(predictions: Sequence[Prediction], rank: int) -> str | list[Component | str]:
    if rank >= len(predictions):
        return "none here"
    shown = predictions[rank]
    return [html.Code(visible(shown.text)), f" {percent(shown.probability)}"]
