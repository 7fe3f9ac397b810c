"""The reading beside a map: its sentences, each a button that outlines the cells it is about."""

import json
from dataclasses import asdict
from itertools import groupby

from dash import html
from dash.development.base_component import Component

from dashboard.page.labels import visible
from model_backend import Kind, Observation, Reading, TokenText

FIRST = (Kind.EXTREMES, Kind.REGIONS, Kind.SHAPE, Kind.MEANING)
"""Observations shown at once; the rest is behind a click."""


def reading_panel(reading: Reading) -> Component:
    """The sentences under small headings, in the order of the reading."""
    groups = [
        (kind, list(said))
        for kind, said in groupby(reading.observations, key=lambda observation: observation.kind)
    ]
    rest = [_group(kind, said) for kind, said in groups if kind not in FIRST]
    return html.Div(
        [
            html.H2("Reading"),
            html.Div(
                [_group(kind, said) for kind, said in groups if kind in FIRST], className="reading"
            ),
            html.Details(
                [html.Summary("More numbers"), html.Div(rest, className="reading")],
                hidden=not rest,
            ),
        ]
    )


def _group(kind: Kind, said: list[Observation]) -> Component:
    sentences = html.Ul([html.Li(_sentence(one)) for one in said], className="observations")
    return html.Section([html.H3(kind.value, className="reading-heading"), sentences])


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
