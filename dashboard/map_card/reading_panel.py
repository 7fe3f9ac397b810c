"""The reading beside a map: its sentences, each a button that outlines the cells it is about."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby

from dash import html
from dash.development.base_component import Component

from dashboard.page.hints import HINT, OF_FOLDED
from dashboard.page.labels import visible
from model_backend import Kind, Observation, Reading, TokenText


def reading_panel(reading: Reading) -> Component:
    """A reading as components: its sentences under small headings, its statistics folded at the
    end.
    """
    shown = [
        _group(kind, list(said)) for kind, said in groupby(reading.first, lambda one: one.kind)
    ]
    return html.Div(
        [
            html.H2("Reading"),
            html.Div(shown, className="reading"),
            html.Details(
                [
                    html.Summary(Kind.SURE.value, **{HINT: OF_FOLDED["sure"]}),
                    html.Div(_sentences(reading.folded), className="reading"),
                ],
                hidden=not reading.folded,
            ),
        ]
    )


def _group(kind: Kind, said: Sequence[Observation]) -> Component:
    return html.Section([html.H3(kind.value, className="reading-heading"), _sentences(said)])


def _sentences(said: Sequence[Observation]) -> Component:
    return html.Ul([html.Li(_sentence(one)) for one in said], className="observations")


def _sentence(observation: Observation) -> Component:
    """A button whose ``data-regions`` is the JSON list of the rectangles to outline."""
    regions = [asdict(region) for region in observation.regions]
    return html.Button(
        [_part(part) for part in observation.parts],
        type="button",
        className="observation",
        disabled=not regions,
        **{"data-regions": json.dumps(regions)},
    )


def _part(part: str | TokenText) -> str | Component:
    return html.Code(visible(part.text)) if isinstance(part, TokenText) else part
