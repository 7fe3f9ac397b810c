import json
from typing import Any

import dash_mantine_components as dmc
import pytest
from dash import html

from dashboard.page.static_html import static_html


def parts(*components: Any) -> list[Any]:
    said = static_html(list(components)).to_plotly_json()["props"]["data-parts"]
    read: list[Any] = json.loads(said)
    return read


def test_parts_keep_their_tags_attributes_and_order() -> None:
    button = html.Button(
        ["a ", html.Code("b"), 3],
        className="small",
        tabIndex=0,
        disabled=True,
        hidden=False,
        **{"aria-label": "c", "data-pin": "1"},
    )
    assert parts(button, html.P("d")) == [
        [
            "button",
            {"class": "small", "tabindex": "0", "disabled": "", "aria-label": "c", "data-pin": "1"},
            ["a ", ["code", {}, ["b"]], "3"],
        ],
        ["p", {}, ["d"]],
    ]


def test_a_text_stays_a_text() -> None:
    assert parts(html.P("<img src=x onerror=alert(1)>")) == [
        ["p", {}, ["<img src=x onerror=alert(1)>"]]
    ]


def test_what_is_not_plain_html_is_refused() -> None:
    with pytest.raises(TypeError, match=r"dash_mantine_components\.Button is not plain HTML"):
        static_html(html.Div(dmc.Button("Run")))
