"""The finished studies in the gallery: each with its maps, and buttons to rename and delete it."""

from typing import Any

import dash_mantine_components as dmc
from dash import ALL, Dash, Input, Output, ctx, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.page.hints import BY_ID, HINT
from dashboard.page.ids import Page
from dashboard.page.probe_ids import Probe
from dashboard.views.probe.maps.study_map import study_map
from dashboard.views.probe.studies.gallery import shelf_row
from model_backend import Backend, StudyCard

MOST_STUDIES = 12
"""Older studies are there by their address."""

NAME, DELETE, RESTORE = "study-name", "study-delete", "study-restore"
"""Types of the ids of each study's text box and buttons."""

Deleted = dict[str, str]
"""Id and title of a study that can still be restored."""


def own_studies(backend: Backend, deleted: Deleted | None = None) -> list[Component]:
    """Heading with the import button, then the newest finished studies, or a sentence if there are
    none; above them a study that was just deleted, with a button to restore it.
    """
    cards = backend.studies()
    hint = {HINT: BY_ID[Probe.IMPORT]}
    bring = html.Button("Import study …", id=Probe.IMPORT, type="button", className="plain", **hint)
    heading = html.H3(["Your studies", bring], className="shelf-heading")
    undo = [_undo(deleted)] if deleted else []
    if not cards:
        words = "None yet: run one below, or import the zip file of one that was exported."
        return [heading, *undo, html.P(words, className="muted")]
    studies = html.Ul([_study(backend, card) for card in cards[:MOST_STUDIES]], className="studies")
    more = f"The newest {MOST_STUDIES} of {len(cards):,}." * (len(cards) > MOST_STUDIES)
    return [heading, *undo, studies, html.P(more, className="muted")]


def study_title(card: StudyCard) -> str:
    """The name that somebody gave a study, or that of its data set."""
    return card.name or card.dataset


def register(app: Dash, backend: Backend) -> None:
    """Draw the studies when they change; rename, delete and restore them."""

    @app.callback(
        Output(Probe.STUDIES, "children"),
        Input(Page.FINISHED, "data"),
        Input(Page.IMPORTED, "data"),
        Input(Probe.CHANGED, "data"),
    )
    def show_studies(_: str | None, __: str | None, changed: Any) -> list[Component]:
        is_news = ctx.triggered_id == Probe.CHANGED
        return own_studies(backend, changed["deleted"] if changed and is_news else None)

    @app.callback(
        Output(Probe.CHANGED, "data"),
        Input({"type": NAME, "study": ALL}, "value"),
        Input({"type": DELETE, "study": ALL}, "n_clicks"),
        Input({"type": RESTORE, "study": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def change(_: list[str], __: list[int], ___: list[int]) -> dict[str, Any]:
        done = _change(backend, ctx.triggered_id, ctx.triggered[0]["value"])
        # The count makes the value new, so that the gallery is drawn again.
        return {"deleted": done, "studies": [card.study + card.name for card in backend.studies()]}


def _change(backend: Backend, button: Any, value: str | int | None) -> Deleted | None:
    """Do what a text box or a button asks for.

    Raises:
        PreventUpdate: nobody typed or clicked; the part has only been drawn.
    """
    study = button["study"]
    if button["type"] == RESTORE and value:
        backend.restore_study(study)
        return None
    card = next((card for card in backend.studies() if card.study == study), None)
    if button["type"] == DELETE and value and card:
        backend.delete_study(study)
        return {"study": study, "title": study_title(card)}
    if button["type"] == NAME and card and isinstance(value, str) and value != study_title(card):
        backend.rename_study(study, "" if value == card.dataset else value)
        return None
    raise PreventUpdate


def _study(backend: Backend, card: StudyCard) -> Component:
    study = backend.study(card.study)
    title = study_title(card)
    maps = [
        (study_map(study, site), site.value, f"nested {card.best.nested.value:.3f}")
        for site in study.maps
    ]
    facts = f"{card.model} · {card.n:,} answers · {card.finished}"
    return html.Li(
        [
            html.Strong(title, className="shelf-name"),
            html.Span(facts, className="muted"),
            shelf_row(maps),
            html.Div([_rename(card), _delete(card)], className="study-buttons"),
        ],
        className="study",
    )


def _rename(card: StudyCard) -> Component:
    box = dmc.TextInput(
        id={"type": NAME, "study": card.study},
        value=study_title(card),
        debounce=True,
        size="xs",
        description="Enter keeps the name.",
        wrapperProps={HINT: "Another name; without one, that of its data set stands there."},
        **{"aria-label": f"Name of {study_title(card)}"},
    )
    return html.Details([html.Summary("Rename"), box])


def _delete(card: StudyCard) -> Component:
    label = {"aria-label": f"Delete {study_title(card)}, {card.finished}"}
    title = "It can be restored for ten minutes."
    id_ = {"type": DELETE, "study": card.study}
    return html.Button(
        "Delete", id=id_, n_clicks=0, type="button", className="plain", title=title, **label
    )


def _undo(deleted: Deleted) -> Component:
    undo = html.Button("Undo", id={"type": RESTORE, "study": deleted["study"]}, n_clicks=0,
                       type="button", className="plain")  # fmt: skip
    said = f"{deleted['title']} is deleted. For ten minutes it can be restored. "
    return html.P([said, undo], role="status", className="undo")
