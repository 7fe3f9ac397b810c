"""Look of a map's card while a callback works for it."""

from typing import Any

from dash import Output

from dashboard.page.ids import MapIds

Busy = tuple[Output, Any, Any]
"""Property of a component during and after a callback: one item of Dash's ``running``."""


def busy(ids: MapIds) -> list[Busy]:
    """Components of a map's card that show that the map is being computed; for callbacks'
    ``running``.
    """
    return [(Output(ids.card, "className"), "card map is-busy", "card map")]
