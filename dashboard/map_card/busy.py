"""How a map's card looks while a callback works for it."""

from typing import Any

from dash import Output

from dashboard.page.ids import MapIds

Busy = tuple[Output, Any, Any]
"""What a part of the page is while a callback works, and after it: Dash's ``running``."""


def busy(ids: MapIds) -> list[Busy]:
    """The map's card while something works for it; for a view's own callbacks, too."""
    return [(Output(ids.card, "className"), "card map is-busy", "card map")]
