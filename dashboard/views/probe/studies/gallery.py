"""The gallery of maps: small pictures, each a link to its map."""

from collections.abc import Sequence
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from dashboard.maps.map_data import MapData
from dashboard.views.probe.maps.auc_map import published_map
from dashboard.views.probe.maps.thumbnails import thumbnail
from model_backend import published_maps


def gallery() -> Component:
    """The published maps."""
    maps = [published_map(found) for found in published_maps()]
    words = ("Nine published maps of Mistral-7B-Instruct, from ",
             html.A("Orgad et al. 2024", href="https://arxiv.org/abs/2410.02707",
                    target="_blank", rel="noreferrer"))  # fmt: skip
    return html.Div(
        [
            html.H3(words),
            shelf_row([(map_, map_.title.split(",")[0], _best(map_)) for map_ in maps]),
        ],
        className="shelf-group",
    )


def shelf_row(maps: Sequence[tuple[MapData, str, str]]) -> Component:
    """A row of thumbnails: each map above its label and its highest AUC."""
    return html.Ul([html.Li(_link(*item)) for item in maps], className="shelf-row")


def link_to(name: str) -> str:
    """The address of a map within the page."""
    return f"#probe/{quote(name)}"


def _link(auc_map: MapData, label: str, best: str) -> Component:
    parts = [
        html.Img(src=thumbnail(auc_map.grid.values), alt="", className="thumbnail"),
        html.Span(label, className="shelf-name"),
        html.Span(best, className="muted"),
    ]
    address, title = link_to(auc_map.request["map"]), auc_map.title
    return html.A(parts, href=address, className="shelf-map", title=title)


def _best(auc_map: MapData) -> str:
    best = auc_map.best
    return "no values" if best is None else f"best {auc_map.grid.values[best]:.3f}"
