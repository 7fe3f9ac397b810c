"""Cells of two maps and their difference that belong together (assets/views/synced_maps.js)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import ClientsideFunction, Dash, Input

from dashboard.page.ids import MapIds


@dataclass(frozen=True)
class Column:
    """A column of the difference, and the two that stand in it."""

    left: int
    right: int
    difference: int


@dataclass(frozen=True)
class Partners:
    """Paired rows and columns; None marks a row without a counterpart."""

    columns: tuple[Column, ...]
    right_of_left: Sequence[int | None]
    left_of_right: Sequence[int | None]
    has_rows_of_left: bool
    """True if the rows of the difference are those of the left map, else of the right one."""
    has_difference: bool = True

    def for_browser(self, left: MapIds, right: MapIds, difference: MapIds) -> dict[str, Any]:
        """The partners as JSON values, for the store that ``register_linked`` listens to."""
        return {
            "maps": [left.prefix, right.prefix, difference.prefix],
            "columns": [[one.left, one.right, one.difference] for one in self.columns],
            "rightOfLeft": list(self.right_of_left),
            "leftOfRight": list(self.left_of_right),
            "hasRowsOfLeft": self.has_rows_of_left,
            "hasDifference": self.has_difference,
        }


def register_linked(app: Dash, store: str) -> None:
    """Register the browser callback that lets maps zoom and hover together, as the store's
    partners say.
    """
    app.clientside_callback(ClientsideFunction("layerscope", "syncMaps"), Input(store, "data"))
