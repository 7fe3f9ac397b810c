"""The gallery of maps: small pictures, each a link to its map. All of them are there at once."""

from collections.abc import Sequence
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from dashboard.maps.map_data import MapData
from dashboard.views.probe.maps.auc_map import published_map
from dashboard.views.probe.maps.study_map import study_map
from dashboard.views.probe.maps.thumbnails import thumbnail
from model_backend import ProbeStudy, example_studies, published_maps


def gallery() -> Component:
    """The published maps, and the example studies."""
    return html.Div([_published(), *map(_example, example_studies())])


def _example(study: ProbeStudy) -> Component:
    """An example study under a heading that says what it is."""
    card = study.card
    words = f"An example study: {card.model} asked {study_questions(study):,} questions"
    facts = (
        f"Run with this program on a real model, {card.finished[:10]}: {card.n_right:,} right and "
        f"{card.n_wrong:,} wrong answers of {card.name or card.dataset}, with tables and examples."
    )
    maps = [
        (study_map(study, site), site.value, f"nested {card.best.nested.value:.3f}")
        for site in study.maps
    ]
    return html.Div(
        [html.H3(words), html.P(facts, className="muted"), shelf_row(maps)],
        className="shelf-group",
    )


def study_questions(study: ProbeStudy) -> int:
    """Number of questions that were asked, those of dropped answers included."""
    return study.card.n + sum(study.card.dropped.values())


def _published() -> Component:
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
