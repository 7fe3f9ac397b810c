"""Choices on the page that a saved map keeps, so that it opens as it was saved.

Measure, site and colours are the map's own options. Here are words and profiles, and under
``shown``, as JSON, what a link holds of a map: its ranges, the opened cell and the pins.
"""

from collections.abc import Container, Mapping
from typing import Any

import orjson

from dashboard.links.url_state import check_map
from dashboard.maps.map_data import CellText, MapData
from dashboard.page.ids import PROFILES
from dashboard.page.requests import Request

LOOKS: Mapping[str, Container[str]] = {"cells": tuple(CellText), "profiles": PROFILES}
SHOWN = "shown"


def kept_view(asked: Request, map_: MapData) -> dict[str, str]:
    """The choices of the POST that asks for a file of ``map_``; what is unknown is left out."""
    looks = {name: asked[name] for name, known in LOOKS.items() if asked.get(name) in known}
    shown = check_map(asked.get(SHOWN))
    if map_.make_archive is not None and map_.columns is not None:
        shown = _at_positions(shown, map_)
    return {**looks, SHOWN: orjson.dumps(shown).decode()} if any(shown.values()) else looks


def _at_positions(shown: Mapping[str, Any], map_: MapData) -> dict[str, Any]:
    """The same of a map of all tokens, as which the file of an answer opens."""
    place = {column: at for column, at in enumerate(map_.positions) if at is not None}
    pins = [[row, place[column]] for row, column in shown.get("pins", ()) if column in place]
    row, column = shown.get("open", (None, None))
    opened = {"open": [row, place[column]]} if column in place else {}
    layers = {"y": shown["y"]} if "y" in shown else {}
    return {**layers, **opened, "pins": pins}


def read_view(view: Mapping[str, str]) -> dict[str, Any]:
    """The choices of a file for the browser; ``shown`` is what a link holds of a map."""
    try:
        shown = orjson.loads(view.get(SHOWN, "null"))
    except orjson.JSONDecodeError:
        shown = None
    return {**view, SHOWN: check_map(shown)}
