"""Another map beside the one on screen, on one scale, and the difference of the two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dash import Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard.drawing.figures import draw
from dashboard.drawing.packing import pack_figure
from dashboard.links.menu import WITH_FILES
from dashboard.map_card.callbacks import facts, register_drawing, sentences
from dashboard.map_card.layout import Controls, map_card
from dashboard.map_card.words import register_words_in_card
from dashboard.maps.comparing.difference import Comparison
from dashboard.maps.comparing.difference_words import Wording
from dashboard.maps.comparing.synced_maps import register_linked
from dashboard.maps.map_data import MapData
from dashboard.page.ids import MapIds
from model_backend import BadRequest

WHAT_COLOURS_SAY = "Blue: higher on this map. Amber: higher on the other. Grey: the same."
WORDS = Wording("this map", "the other", "on this map", "on the other")

Found = Callable[..., Comparison | None]
"""The comparison of what the inputs say; None while nothing is compared."""


@dataclass(frozen=True)
class Beside:
    """The ids of two maps, their difference, and what holds the latter two."""

    first: MapIds
    other: MapIds
    difference: MapIds
    place: str
    partners: str

    @property
    def outputs(self) -> tuple[Output, ...]:
        """Outputs of ``drawn_beside``."""
        return (
            Output(self.place, "hidden"),
            Output(self.other.drawing, "data"),
            Output(self.other.facts, "children"),
            Output(self.difference.drawing, "data"),
            Output(self.difference.facts, "children"),
            Output(self.difference.notes, "children"),
            Output(self.partners, "data"),
        )


def layout(ids: Beside, columns: str = "Tokens") -> Component:
    """The other map and the difference, hidden until another map is chosen."""
    cards = [
        map_card(one, Controls(are_named=True), columns=columns, ways=WITH_FILES, has_words=True)
        for one in (ids.other, ids.difference)
    ]
    store = dcc.Store(id=ids.partners)
    return html.Div([store, *cards], id=ids.place, className="comparison", hidden=True)


def drawn_beside(ids: Beside, found: Comparison | None) -> tuple[Any, ...]:
    """The other map and the difference as the browser takes them."""
    if found is None:
        return True, None, None, None, None, None, None
    other, less = found.sides()[1], found.difference
    return (
        False,
        pack_figure(draw(other)),
        facts((other.title, *other.facts)),
        pack_figure(draw(less)) if less else None,
        facts([less.title] if less else []),
        sentences([WHAT_COLOURS_SAY, *found.notes]),
        found.partners.for_browser(ids.first, ids.other, ids.difference),
    )


def register(app: Dash, ids: Beside, inputs: Sequence[Input], found: Found) -> None:
    """Tie both maps to their tables and readings, and all three to each other."""

    def other(*given: Any) -> MapData | None:
        compared = found(*given)
        return None if compared is None else compared.right

    def difference(*given: Any) -> MapData | None:
        compared = found(*given)
        return None if compared is None else compared.difference

    register_linked(app, ids.partners)
    for one, load in ((ids.other, other), (ids.difference, difference)):
        register_drawing(app, one)
        register_words_in_card(app, one, inputs, load)


def difference_of(found: Comparison) -> MapData:
    """The difference, for a file.

    Raises:
        BadRequest: the maps are of different measures.
    """
    if found.difference is None:
        raise BadRequest("These two maps have no difference.")
    return found.difference
