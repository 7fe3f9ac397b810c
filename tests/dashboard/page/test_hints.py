"""Every control says what it does: in a hint beside it, or in words within it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import dash_mantine_components as dmc
import pytest
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.cell.panel import cell_panel
from dashboard.cell.pinned import compared
from dashboard.cell.score import ScorePlace
from dashboard.factory import create_app
from dashboard.map_card.reading_panel import reading_panel
from dashboard.page import hints
from dashboard.page.hints import BY_ID, HINT, OF_MAPS, OF_SIDES, SUMMARIES, components, hint_of
from dashboard.page.loading_panel import computing, loads, turns
from dashboard.views.probe.studies.form import preview
from dashboard.views.probe.studies.headline import headline
from dashboard.views.probe.studies.own_studies import own_studies
from dashboard.views.probe.studies.progress import job_card
from model_backend import CellRequest, InProgress, Measure, ModelState, Waiting, read_grid
from tests.dashboard.views.probe.studies.test_progress import JOB
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.fakes import FakeBackend, make_inspection

CONTROLS = (
    dmc.Select, dmc.Textarea, dmc.TextInput, dmc.NumberInput, dmc.TagsInput, dmc.Switch, dmc.Chip,
    dmc.SegmentedControl, dmc.RangeSlider, dmc.Button, dmc.ColorSchemeToggle, dcc.Upload,
    html.Button, html.Summary, html.Select, dmc.Autocomplete,
)  # fmt: skip
EXPLAINED_BY_WORDS = ("Cancel", "Undo", "Sign out", "Close", "Rename", "?", "Show the tour",
                      "Show me", "No, thanks")  # fmt: skip
"""Buttons whose label says all, or that are a hint themselves."""


def unexplained(part: Any, is_hinted: bool = False) -> Iterator[str]:
    """Controls without a hint on them or around them, and without words of their own."""
    if isinstance(part, list | tuple):
        for one in part:
            yield from unexplained(one, is_hinted)
    if not isinstance(part, Component):
        return
    given = getattr(part, "wrapperProps", None) or {}
    is_hinted = bool(is_hinted or getattr(part, HINT, None) or given.get(HINT))
    is_sentence = "observation" in str(getattr(part, "className", ""))
    if isinstance(part, CONTROLS) and not is_hinted and not is_sentence and not says_enough(part):
        yield f"{type(part).__name__} {getattr(part, 'id', '')} {words_of(part)}"
    yield from unexplained(getattr(part, "children", None), is_hinted)


def says_enough(part: Component) -> bool:
    if getattr(part, "title", None) or words_of(part) in EXPLAINED_BY_WORDS:
        return True
    return any("muted" in str(getattr(one, "className", "")) for one in components(part))


def words_of(part: Any) -> str:
    children = getattr(part, "children", "") if isinstance(part, Component) else part
    if isinstance(children, list | tuple):
        return " ".join(words_of(one) for one in children)
    return words_of(children) if isinstance(children, Component) else str(children or "")


@pytest.fixture()
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture()
def layouts(backend: FakeBackend) -> dict[str, Any]:
    page = create_app(backend).layout()
    return {"frame": page, **next(one.data for one in components(page) if is_layouts(one))}


def is_layouts(one: Component) -> bool:
    return getattr(one, "id", None) == "page-layouts"


@pytest.mark.parametrize("view", ["frame", "explore", "ask", "probe", "patch", "compare"])
def test_every_control_of_a_view_has_a_hint(layouts: dict[str, Any], view: str) -> None:
    assert list(unexplained(layouts[view])) == []


def test_every_control_that_comes_later_has_a_hint(backend: FakeBackend) -> None:
    cell = backend.cell(CellRequest("fake", "one two three", 1, 1))
    place = ScorePlace({"row": 1, "position": 1})
    loading = replace(backend.models()[0], state=ModelState.LOADING)
    parts = [
        cell_panel(cell, place), compared([cell, cell], [place, place]), own_studies(backend),
        job_card(JOB, {}, has_map=False), loads([loading]), turns(Waiting(1, 2.0)),
        computing(InProgress("Running", 0.5, 3.0, 3.0)),
        reading_panel(read_grid(make_inspection("one two three").grids[Measure.LENS_ENTROPY])),
        preview(backend.datasets()[0]), headline(make_study()),
    ]  # fmt: skip
    assert list(unexplained(parts)) == []


def test_every_hint_is_of_a_control_that_there_is(layouts: dict[str, Any]) -> None:
    there = {one for view in layouts.values() for one in components(view)}
    shown = {hint_of(one) for one in there}
    of_form = {BY_ID[id_] for id_ in ("study-upload", "study-sites", "study-import")}
    for table in (OF_MAPS, OF_SIDES, BY_ID, SUMMARIES):
        assert set(table.values()) <= shown | of_form
    assert hints.HINT == "data-hint"
