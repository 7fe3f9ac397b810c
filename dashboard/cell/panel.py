"""The panel of an opened cell: what the model would say there, and what the layer did."""

from collections.abc import Callable, Iterator, Mapping

from dash import html
from dash.development.base_component import Component

from dashboard.cell.charts import attention_chart, most_attended, path_chart
from dashboard.cell.preference import chances_chart, split
from dashboard.cell.score import ScorePlace, place_of
from dashboard.cell.tracked import measure_name, tracker
from dashboard.page.hints import CELL_HINTS, HINT
from dashboard.page.labels import number, ordinal, visible
from model_backend import (
    Attribution,
    CellDetail,
    CellPart,
    Measure,
    Prediction,
    Site,
    TokenShift,
    Write,
    percent,
)

Show = Callable[[CellDetail], Iterator[Component]]

WRITERS = {Site.ATTN_OUT: "Attention", Site.MLP_OUT: "MLP"}


def cell_panel(
    detail: CellDetail, score: ScorePlace, why: Attribution | None = None
) -> list[Component]:
    """The panel of an opened cell: its predictions first, then its charts and all its numbers.

    ``why`` says what was written for one token rather than another, where the map is of two.
    """
    return [
        _title(detail, place_of(score.cell, detail.token_id)),
        *_preference(why),
        *_predictions(detail),
        *_section("What this layer wrote", CellPart.WRITES, detail, _writes),
        *_section("Attention", CellPart.ATTENTION, detail, _attention),
        *_section("Largest neurons", CellPart.NEURONS, detail, _neurons),
        html.H3("All measures here"),
        _values(
            {
                measure_name(measure, detail): number(value, measure)
                for measure, value in detail.values.items()
            }
            | {Measure.PROBE_SCORE.label: score.part("value")}
        ),
        html.P(score.part("about"), className="muted"),
        *_other_sites(detail),
    ]


def empty_cell() -> Component:
    """Instructions for reading a map, shown while no cell is open."""
    return html.Div(
        [
            html.H2("How to read this map", className="cell-title"),
            html.P(
                "Each column is a token, each row a layer: the text enters at the bottom, and the "
                "model's answer leaves at the top. The bar below the map says which colours are "
                "high.",
                className="muted",
            ),
            html.P(
                [
                    html.Span("Hover over a cell to read it here, click it to keep it:",
                              className="by-mouse"),
                    html.Span("Tap a cell to read it, tap it again to open it here:",
                              className="by-finger"),
                    " what the model would say next if it stopped at that layer, what the layer "
                    "looked at, and what it added.",
                ],
                className="muted",
            ),
            html.P(
                ["On a keyboard: ", html.Kbd("Tab"), " to the map, arrows, ", html.Kbd("Enter"),
                 ". ", html.Kbd("?"), " lists all keys."],
                className="muted by-mouse",
            ),
        ],
        className="cell-empty",
    )  # fmt: skip


def _title(detail: CellDetail, where: str) -> Component:
    layer = detail.layer_labels[detail.row]
    pressed = {"aria-pressed": "false", HINT: CELL_HINTS["pin"]}
    pin = html.Button("Pin", className="small pin", **pressed)
    named = {"aria-label": "Close the cell", HINT: CELL_HINTS["close"]}
    close = html.Button("✕", className="small close", **named)
    return html.Div(
        [
            html.H2(
                [html.Code(visible(detail.token_text)), html.Span(f"layer {layer}")],
                className="cell-title",
            ),
            html.Div([pin, close], className="cell-actions"),
            html.P(where, className="muted"),
        ],
        className="cell-head",
    )


def _preference(found: Attribution | None) -> Iterator[Component]:
    if found is None:
        return
    names = [html.Code(visible(one.text)) for one in (found.token, found.other)]
    yield html.H3([names[0], " rather than ", names[1]])
    yield html.Div([*chances_chart(found), *split(found)], className="preference")


def _predictions(detail: CellDetail) -> Iterator[Component]:
    yield html.H3("Next token, read at this layer")
    if CellPart.PREDICTIONS in detail.absent:
        yield html.P(detail.absent[CellPart.PREDICTIONS], className="muted")
        return
    yield html.Ol([_prediction(p) for p in detail.predictions], className="predictions")
    yield _what_follows(detail)
    yield html.H3("Their path through the layers")
    yield from path_chart(detail)
    if CellPart.WHOLE_PATHS in detail.absent:
        yield html.P(detail.absent[CellPart.WHOLE_PATHS], className="muted")


def _prediction(prediction: Prediction) -> Component:
    return html.Li(
        [
            tracker(prediction),
            html.Progress(
                value=f"{prediction.probability:.4f}",
                max="1",
                **{"aria-label": f"probability of {visible(prediction.text)}"},
            ),
            html.Span(percent(prediction.probability)),
        ]
    )


def _what_follows(detail: CellDetail) -> Component:
    if detail.position + 1 == len(detail.token_labels):
        return html.P("This is the last token: nothing follows it in the text.", className="muted")
    if detail.next_token is None or detail.next_token_rank is None:
        return html.P("How likely the token is that follows is not known here.", className="muted")
    return html.P(
        [
            "Actual next token: ",
            tracker(detail.next_token),
            f", {ordinal(detail.next_token_rank)}, {percent(detail.next_token.probability)}",
        ],
        className="muted what-follows",
    )


def _section(title: str, part: CellPart, detail: CellDetail, show: Show) -> Iterator[Component]:
    """A part of the cell under its heading, or the reason why this cell has none."""
    yield html.H3(title)
    if part in detail.absent:
        yield html.P(detail.absent[part], className="muted")
    else:
        yield from show(detail)


def _writes(detail: CellDetail) -> Iterator[Component]:
    if CellPart.TOKENS_MOVED in detail.absent:
        yield html.P(detail.absent[CellPart.TOKENS_MOVED], className="muted")
    for write in detail.writes:
        yield html.Div(
            [
                html.Div(
                    [
                        html.Strong(WRITERS.get(write.site, write.site)),
                        html.Span(f"norm {number(write.norm)}"),
                        html.Span(f"cosine {number(write.cosine)}", title="to the stream it met"),
                    ],
                    className="write-head",
                ),
                *_shifts(write),
            ],
            className="write",
        )


def _shifts(write: Write) -> Iterator[Component]:
    for label, sign, shifts in (("raises", "▲", write.promoted),
                                ("lowers", "▼", write.suppressed)):  # fmt: skip
        if shifts:
            tokens = [_shift(shift) for shift in shifts]
            yield html.Div(
                [html.Span(f"{sign} {label}", className="muted"), *tokens],
                className=f"shifts {label}",
            )


def _shift(shift: TokenShift) -> Component:
    return html.Span(
        [html.Code(visible(shift.text)), f" {shift.logit:+.2g}"],
        className="shift",
        title=f"{shift.logit:+.3f} logits, beside the mean over all tokens",
    )


def _attention(detail: CellDetail) -> Iterator[Component]:
    maps = (("from here to each token", detail.attention_from),
            ("from each token to here", detail.attention_to))  # fmt: skip
    for name, weights in maps:
        if weights is None:
            continue
        shown = most_attended(weights)
        n_tokens = weights.shape[1]
        few = "" if len(shown) == n_tokens else f", the {len(shown)} largest of {n_tokens:,} tokens"
        yield html.P(f"{name}{few}", className="muted")
        yield attention_chart(weights, detail.token_labels, shown, name)


def _neurons(detail: CellDetail) -> Iterator[Component]:
    largest = max((abs(neuron.value) for neuron in detail.neurons), default=0) or 1
    yield html.Ol(
        [
            html.Li(
                [
                    html.Span(f"neuron {neuron.index:,}"),
                    html.Progress(
                        value=f"{abs(neuron.value) / largest:.4f}",
                        max="1",
                        className="" if neuron.value >= 0 else "is-negative",
                        **{"aria-label": f"size of neuron {neuron.index}"},
                    ),
                    html.Span(number(neuron.value)),
                ]
            )
            for neuron in detail.neurons
        ],
        className="predictions",
    )


def _values(values: Mapping[str, str | Component]) -> Component:
    pairs = [part for name, said in values.items() for part in (html.Dt(name), html.Dd(said))]
    return html.Dl(pairs, className="values")


def _other_sites(detail: CellDetail) -> Iterator[Component]:
    for site, values in detail.values_at.items():
        said = {measure.label: number(value, measure) for measure, value in values.items()}
        yield html.Details(
            [html.Summary(f"At {site}", **{HINT: CELL_HINTS["site"]}), _values(said)],
            className="other-site",
        )
