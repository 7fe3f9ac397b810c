"""Many components sent as one, and built in the browser by ``assets/page/static_html.js``.

Dash asks every component of the page, at every change, whether it is concerned. An opened cell has
some four hundred, none of which ever changes by itself: they took the browser longer than all that
was computed for them.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from dash import html
from dash.development.base_component import Component

_ATTRIBUTES = {"className": "class", "htmlFor": "for"}


def static_html(parts: Component | Sequence[Component]) -> Component:
    """These parts as a single component.

    They are there to be read and clicked; callbacks cannot reach them, so they have no ids.

    Raises:
        TypeError: one of them is not plain HTML.
    """
    parts = [parts] if isinstance(parts, Component) else parts
    return html.Div(**{"data-parts": as_json(parts).decode()})


def as_json(parts: Sequence[Component]) -> bytes:
    """These parts as the attribute ``data-parts`` holds them.

    Raises:
        TypeError: one of them is not plain HTML.
    """
    return orjson.dumps([_node(part) for part in parts])


def _node(part: Any) -> str | list[Any]:
    """A text, or tag, attributes and what is within."""
    if not isinstance(part, Component):
        return "" if part is None else str(part)
    if part._namespace != "dash_html_components":
        raise TypeError(f"{part._namespace}.{part._type} is not plain HTML")
    props = part.to_plotly_json()["props"]
    within = props.pop("children", None)
    within = within if isinstance(within, list | tuple) else [within]
    attributes = {
        _ATTRIBUTES.get(name, name.lower()): "" if value is True else str(value)
        for name, value in props.items()
        if value is not None and value is not False
    }
    return [part._type.lower(), attributes, [_node(child) for child in within]]
