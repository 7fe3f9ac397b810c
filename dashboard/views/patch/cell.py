"""The panel of an opened cell: the prediction with the cell patched beside that without."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.maps.map_data import MapData
from dashboard.page.labels import visible
from dashboard.views.probe.maps.cell import auc_cell
from model_backend import PatchCell, percent


def patch_cell(map_: MapData, row: int, column: int, cell: PatchCell | None) -> Component:
    """Numbers of the cell, ten likeliest tokens with it patched and without, and its path."""
    more: Sequence[Component] = () if cell is None else _predictions(cell)
    return auc_cell(map_, row, column, more)


def empty_patch_cell() -> Component:
    """Instructions for reading a patch map, shown while no cell is open."""
    return html.Div(
        [
            html.H2("How to read this map", className="cell-title"),
            html.P(
                "Each row is a layer, each column a token of the text that is changed. Blue: the "
                "cell brings A's answer back. Amber: it drives it away. Click a cell to see what "
                "the model would say next with it patched.",
                className="muted",
            ),
        ],
        className="cell-empty",
    )


def _predictions(cell: PatchCell) -> list[Component]:
    rows = [
        html.Tr(
            [
                html.Th(html.Code(visible(now.text)), scope="row"),
                html.Td(percent(now.probability)),
                html.Td(percent(before.probability)),
            ]
        )
        for now, before in zip(cell.predictions, cell.before, strict=True)
    ]
    heads = [html.Th(name, scope="col") for name in ("next token", "patched", "without")]
    first = cell.likeliest_before[0]
    return [
        html.H3("Next token with this cell patched"),
        html.Table(
            [html.Thead(html.Tr(heads)), html.Tbody(rows)], className="patch-answers"
        ),
        html.P(
            ["Without the patch: ", html.Code(visible(first.text)),
             f" {percent(first.probability)}."],
            className="muted",
        ),
    ]  # fmt: skip
