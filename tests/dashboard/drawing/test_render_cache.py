"""A picture is drawn once for all who look at it, and nobody gets another one's."""

import threading
from dataclasses import replace
from typing import Any

import orjson
import pytest
from dash.development.base_component import Component

from dashboard import factory
from dashboard.drawing.render_cache import Made, RenderCache
from dashboard.factory import create_app
from dashboard.maps.inspection_map import InspectionMap
from dashboard.maps.load_map import map_of
from dashboard.maps.map_data import Column, MapData
from dashboard.maps.view_options import ViewOptions
from model_backend import (
    CachedBackend,
    Inspection,
    Measure,
    ModelCard,
    ModelState,
    Scale,
    Site,
    Span,
    make_store,
)
from tests.dashboard.views.explore.test_explore import REQUEST, TEXT, draw
from tests.model_backend.fakes import FakeBackend, make_inspection

INSPECTION = make_inspection(TEXT)


def make_map(inspection: Inspection = INSPECTION, *columns: Column, note: str = "") -> MapData:
    found = InspectionMap(inspection, columns or None, notes=(note,) if note else ())
    return map_of(found, ViewOptions(Measure.LENS_ENTROPY))


MAP = make_map()


def said(made: Made) -> list[Any]:
    return orjson.loads(orjson.dumps(list(made)))


def test_what_was_made_is_handed_out_again() -> None:
    remembered, made = RenderCache(), []

    def make() -> tuple[Any, ...]:
        made.append("once")
        return {"a": 1}, "</b>"

    parts = [said(remembered.get_or_render(MAP, "how", make)) for _ in range(3)]
    assert parts == [[{"a": 1}, "</b>"]] * 3
    assert made == ["once"]


def test_a_map_without_an_identity_is_rendered_every_time() -> None:
    rendered, bare = RenderCache(), MapData(MAP.grid)
    for number in range(2):
        assert said(rendered.get_or_render(bare, "how", lambda n=number: (n,))) == [number]  # type: ignore[misc]


def test_another_way_or_other_columns_are_another_thing() -> None:
    remembered = RenderCache()
    columns = make_map(INSPECTION, Column(0), Column(2, "last_q"))
    noted = make_map(note="No exact answer.")
    asked = [(MAP, "a"), (MAP, "b"), (columns, "a"), (noted, "a")]
    for _ in range(2):
        for number, (map_, how) in enumerate(asked):
            [found] = said(remembered.get_or_render(map_, how, lambda number=number: (number,)))  # type: ignore[misc]
            assert found == number


def test_an_inspection_that_is_gone_leaves_nothing_to_one_in_its_place_in_memory() -> None:
    remembered = RenderCache()
    for number in range(50):
        map_ = make_map(make_inspection(TEXT))
        assert said(remembered.get_or_render(map_, "how", lambda n=number: (n,))) == [number]  # type: ignore[misc]
        del map_


def test_eight_who_want_the_same_at_once_have_it_made_once() -> None:
    remembered, made = RenderCache(), []
    barrier, gate = threading.Barrier(8), threading.Event()

    def make() -> tuple[str]:
        made.append("once")
        gate.wait(0.2)
        return ("picture",)

    def want() -> None:
        barrier.wait()
        remembered.get_or_render(MAP, "how", make)

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert made == ["once"]


def test_what_could_not_be_made_is_tried_again() -> None:
    remembered = RenderCache()
    with pytest.raises(ZeroDivisionError):
        remembered.get_or_render(MAP, "how", lambda: (1 // 0,))
    assert said(remembered.get_or_render(MAP, "how", lambda: (1,))) == [1]


LOOKS = [
    {},
    {"MEASURE": "residual norm"},
    {"MEASURE": "residual norm", "SITE": Site.RESID_MID.value},
    {"SCALE": Scale.RAW.value},
    {"SPAN": Span.LAYER.value},
    {"request": {**REQUEST, "text": "four three two one"}},
    {"request": {**REQUEST, "special_tokens": False}},
]


def test_every_look_has_a_picture_of_its_own_the_second_time_too() -> None:
    """A cached render equals a fresh one."""
    client = create_app(CachedBackend(FakeBackend(), make_store())).server.test_client()
    for _ in range(2):
        for look in LOOKS:
            fresh = create_app(FakeBackend()).server.test_client()
            assert draw(client, **look) == draw(fresh, **look)  # type: ignore[arg-type]
    assert len({orjson.dumps(draw(client, **look)) for look in LOOKS}) == len(LOOKS)  # type: ignore[arg-type]


class Failing(FakeBackend):
    """Its model fails at last."""

    failed = False

    def models(self) -> tuple[ModelCard, ...]:
        [card] = super().models()
        return (replace(card, state=ModelState.FAILED) if self.failed else card,)


@pytest.mark.parametrize("prefix", ["/", "/scope/"])
def test_the_page_is_laid_out_once_and_anew_when_a_model_fails(
    prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend, laid_out, views = Failing(), [], factory._layouts

    def watched(cards: tuple[ModelCard, ...]) -> dict[str, list[Component]]:
        laid_out.append(cards)
        return views(cards)

    monkeypatch.setattr(factory, "_layouts", watched)
    client = create_app(backend, prefix=prefix).server.test_client()
    client.get("/health")  # at its first request Dash lays the page out to check it
    laid_out.clear()
    pages = {client.get(f"{prefix}_dash-layout").data for _ in range(3)}
    assert (len(pages), len(laid_out)) == (1, 1)
    assert len({client.get(prefix).data for _ in range(2)}) == 1
    backend.failed = True
    later = client.get(f"{prefix}_dash-layout").get_json()
    assert "fake (failed)" in orjson.dumps(later).decode()
    assert b"fake (failed)" not in pages.pop()
