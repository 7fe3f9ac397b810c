"""Every sentence of a reading is a button that knows its cells and shows a token's whitespace."""

import json

import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboard.map_card.reading_panel import reading_panel
from model_backend import LayerTokenGrid, Reading, layer_labels, read_grid


def grid(token: str = "t") -> LayerTokenGrid:
    values = np.random.default_rng(1).normal(size=(9, 12))
    values[3:6, 4:7] += 6.0
    return LayerTokenGrid("lens entropy", values, layer_labels(8), (token,) * 12, "bits")


def buttons(panel: Component) -> list[html.Button]:
    return [part for part in panel._traverse() if isinstance(part, html.Button)]


def words(component: Component | str) -> str:
    if isinstance(component, str):
        return component
    children = component.children
    return "".join(
        words(child) for child in (children if isinstance(children, list) else [children])
    )


def test_every_sentence_is_a_button_of_its_own() -> None:
    reading = read_grid(grid())
    shown = [words(button) for button in buttons(reading_panel(reading))]
    assert shown == [one.text.replace('"', "") for one in reading.observations]


def test_a_button_carries_its_cells_as_json() -> None:
    reading = read_grid(grid())
    for button, observation in zip(
        buttons(reading_panel(reading)), reading.observations, strict=True
    ):
        carried = json.loads(button.to_plotly_json()["props"]["data-regions"])
        assert carried == [vars(region) for region in observation.regions]
        assert button.type == "button"


def test_the_whitespace_of_a_token_is_visible() -> None:
    tokens = [part for part in reading_panel(read_grid(grid(" a\n")))._traverse()
              if isinstance(part, html.Code)]  # fmt: skip
    assert tokens
    assert {token.children for token in tokens} == {"·a⏎"}


def test_each_heading_stands_once_and_in_order() -> None:
    reading = read_grid(grid())
    headings = [part.children for part in reading_panel(reading)._traverse()
                if isinstance(part, html.H3)]  # fmt: skip
    assert headings == list(dict.fromkeys(one.kind.value for one in reading.first))
    assert headings[:3] == ["What is drawn", "In short", "What stands out"]


def test_statistics_are_folded_under_a_question() -> None:
    reading = read_grid(grid())
    [folded] = [one for one in reading_panel(reading)._traverse() if isinstance(one, html.Details)]
    assert words(folded.children[0]) == "How sure is this?"
    assert [words(button) for button in buttons(folded)] == [
        one.text.replace('"', "") for one in reading.folded
    ]


def test_an_empty_reading_is_an_empty_panel() -> None:
    assert not buttons(reading_panel(Reading(())))
