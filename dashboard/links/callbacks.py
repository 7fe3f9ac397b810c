"""Ties links to the page: what each view's state is made of, and what happens on opening one."""

import json
from collections.abc import Container, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard.links.url_state import MOST_CHARACTERS, VERSION, Field, Kind, UrlState, read_link
from dashboard.maps.known_studies import known_studies
from dashboard.maps.map_data import CellText
from dashboard.page.ids import PROFILES, WAYS_TO_SHOW, MapIds, Share
from model_backend import NAMED_POSITIONS, Backend, Measure, Scale, Site, Span


def map_fields(ids: MapIds, prefix: str = "") -> tuple[Field, ...]:
    """The fields of a link that hold a map's controls; ``prefix`` tells two maps of one view
    apart.
    """
    scored = (f"{prefix}measure", Measure.PROBE_SCORE.value)
    choices: dict[str, Container[str]]
    choices = {
        "measure": Measure,
        "site": _values(Site),
        "scale": _values(Scale),
        "span": _values(Span),
    }
    return (
        *(Field(f"{prefix}{name}", f"{ids.prefix}-{name}", kind=Kind.CHOICE, choices=known)
          for name, known in choices.items()),
        Field(f"{prefix}sinks", ids.sinks, "checked", Kind.SWITCH),
        Field(f"{prefix}study", ids.study, kind=Kind.STUDY, only_if=scored),
        Field(f"{prefix}probe", ids.probe, kind=Kind.CHOICE, choices=NAMED_POSITIONS,
             only_if=scored),
        Field(f"{prefix}cells", ids.cells, kind=Kind.CHOICE, choices=_values(CellText),
             default=CellText.AUTO.value),
        Field(f"{prefix}show", ids.show, kind=Kind.CHOICE, choices=("map", "table")),
        profiles_field(ids, f"{prefix}profiles"),
    )  # fmt: skip


def _values(choices: type[StrEnum]) -> tuple[str, ...]:
    return tuple(map(str, choices))


def show_field(ids: MapIds, name: str) -> Field:
    """The field of a link that says whether a card shows the map, the table or the reading."""
    return Field(name, ids.show, kind=Kind.CHOICE, choices=WAYS_TO_SHOW)


def profiles_field(ids: MapIds, name: str) -> Field:
    """The field of a link that says which profiles are drawn beside a map."""
    return Field(name, ids.profiles, kind=Kind.CHOICE, choices=PROFILES, default=PROFILES[0])


def link_parts(views: Sequence[UrlState]) -> list[Component]:
    """The hidden components that links need: two stores, a notice, and the state of every view."""
    declared = {linked.view: _declare(linked) for linked in views}
    limits = {"version": VERSION, "most": MOST_CHARACTERS, "views": declared}
    notice = dmc.Alert(
        id=Share.NOTICE, hide=True, color="yellow", title="About this link", withCloseButton=True
    )
    return [
        dcc.Store(id=Share.FRAGMENT),
        dcc.Store(id=Share.STATE),
        html.Div(id=Share.VIEWS, hidden=True, **{"data-links": json.dumps(limits)}),
        html.Div(notice, className="error"),
    ]


def register_links(app: Dash, backend: Backend, views: Sequence[UrlState]) -> None:
    """Read the links that are opened, and have the browser follow every part of every view."""

    @app.callback(
        Output(Share.STATE, "data"), Input(Share.FRAGMENT, "data"), prevent_initial_call=True
    )
    def open_link(fragment: str) -> dict[str, Any]:
        names = {card.name for card in backend.models()}
        opened = read_link(
            fragment,
            views,
            lambda name: name in names or backend.holds(name),
            lambda study: study in {card.study for card in known_studies(backend)},
        )
        return {**asdict(opened), "fragment": fragment}

    app.clientside_callback(
        ClientsideFunction("layerscope", "openState"),
        Input(Share.STATE, "data"),
        prevent_initial_call=True,
    )
    for linked in views:
        app.clientside_callback(
            ClientsideFunction("layerscope", "rememberParts"),
            *(Input(field.id, field.property) for field in linked.fields),
        )


def _declare(linked: UrlState) -> dict[str, Any]:
    parts = [
        {
            "name": field.name,
            "id": field.id,
            "property": field.property,
            "fromRequest": field.from_request,
            "model": field.kind is Kind.MODEL,
            "onlyWith": field.only_if,
            "typed": field.kind is Kind.TEXT and bool(field.from_request),
        }
        for field in linked.fields
    ]
    maps, more = ([ids.prefix for ids in some] for some in (linked.maps, linked.more_maps))
    return {"parts": parts, "maps": maps, "moreMaps": more, "run": linked.run,
            "starts": linked.starts}  # fmt: skip
