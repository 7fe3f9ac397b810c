"""Tracking a token: what is offered for a typed text, and what a click makes of the map."""

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.links.url_state import read_link, write_link
from dashboard.map_card.measure_controls import measure_choices
from dashboard.map_card.tracking import chosen_measure, token_offers
from dashboard.maps.export import export_csv, export_json
from dashboard.maps.load_map import load_map
from dashboard.maps.measure_choices import for_browser
from dashboard.maps.read import read
from dashboard.maps.tracked import find_ids, settle_measure, tracked_of
from dashboard.maps.view_options import make_view_options
from dashboard.page.ids import EXPLORE
from dashboard.views.ask.answer_map import AnswerMap
from dashboard.views.compare.tracking import on_both
from dashboard.views.explore.text_map import TextMap
from dashboard.views.explore.view import LINKED
from model_backend import (
    BadRequest,
    FileBackend,
    InspectRequest,
    LocalBackend,
    Measure,
    TokenChoice,
    catalogue,
    read_archive,
)
from tests.dashboard.views.explore.test_explore import call
from tests.model_backend.saved import save_model

TEXT = "Hello, map."
REQUEST = {"model": "tiny", "text": TEXT, "special_tokens": True}
TRACKED = f"..{EXPLORE.measure}.data...{EXPLORE.measure}.value...{EXPLORE.offers}.data.."


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> FileBackend:
    folder: Path = save_model(tmp_path_factory.mktemp("models") / "tiny")
    return FileBackend(LocalBackend(catalogue([str(folder)]), device="cpu"))


@pytest.fixture(scope="module")
def token(backend: FileBackend) -> int:
    return int(backend.inspect(InspectRequest("tiny", TEXT)).token_ids[3])


@pytest.fixture(scope="module")
def shown(backend: FileBackend, token: int) -> str:
    return backend.vocabulary("tiny")[token]


def map_of(backend: FileBackend, measure: str, request: Any = REQUEST):
    source = TextMap(backend)
    return load_map(source, backend, request, make_view_options(measure, None))


def open_text(backend: FileBackend, content: bytes) -> InspectRequest:
    opened = backend.open_file(content)
    assert isinstance(opened, InspectRequest)
    return opened


def test_a_click_makes_a_measure(token: int) -> None:
    assert chosen_measure({"token": 5}) == "token probability [token=5]"
    assert chosen_measure({"token": 5, "shown": "rank"}) == "token rank [token=5]"
    assert chosen_measure({"token": 5, "other": 6}) == "logit difference [token=5,other=6]"
    assert chosen_measure({"token": 5, "other": 5}).id == "token probability"
    with pytest.raises(BadRequest, match="number"):
        chosen_measure({"token": "Rome"})


def test_a_text_of_several_tokens_says_so_and_offers_its_first() -> None:
    whole, parts = TokenChoice(" Rome", (3,), (" Rome",)), TokenChoice("Roma", (4, 5), ("Ro", "ma"))
    buttons, said = token_offers((whole, parts))
    offered: Any = buttons.children
    assert [(one.children.children, getattr(one, "data-track")) for one in offered] == [
        ("·Rome", "3"), ("Ro", "4"),
    ]  # fmt: skip
    without = "“Roma” without a space before it is 2 tokens here: Ro ma. Its first is offered."
    assert said.children == without
    assert token_offers((parts,))[1].children == without.replace(" without a space before it", "")
    assert len(token_offers((whole,))) == 1


def test_the_page_offers_it_by_its_text_at_the_sites_of_the_lens(
    backend: FileBackend, token: int, shown: str
) -> None:
    client: FlaskClient = create_app(backend).server.test_client()
    inputs = {f"{EXPLORE.tracking}.data": {"token": token, "at": 1}}
    output = next(
        key
        for key in create_app(backend).callback_map
        if key.startswith(f"..{EXPLORE.measure}.data@") and _is_of(backend, key)
    )
    state: dict[str, Any] = {f"{EXPLORE.request}.data": REQUEST}
    said = call(client, output, inputs, **state)["response"]
    box, offers = said[EXPLORE.measure], said[EXPLORE.offers]["data"]
    assert box["value"] == f"token probability [token={token}]"
    assert box["data"][0]["group"] == "Tracked token"
    assert shown.strip() in box["data"][0]["items"][0]["label"]
    assert offers["sites"][box["value"]] == offers["sites"]["lens confidence"]
    assert offers["tracked"]["texts"] == [shown]


def _is_of(backend: FileBackend, key: str) -> bool:
    inputs = create_app(backend).callback_map[key]["inputs"]
    return [one["id"] for one in inputs] == [EXPLORE.tracking]


def test_picture_reading_and_files_name_the_token_by_its_text(
    backend: FileBackend, token: int, shown: str
) -> None:
    measure = Measure("token probability", token=token)
    map_ = map_of(backend, measure)
    said = " ".join(one.text for one in read(map_).observations)
    assert f'The probability of "{shown}"' in said and str(token) not in said
    assert map_.drawn.name == f"probability of {shown}" == map_.name
    assert f"{measure}: probability of {shown}" in export_csv(map_)
    archive = read_archive(export_json(map_))
    assert archive.texts[token] == shown and archive.view["measure"] == measure
    opened = open_text(backend, export_json(map_))
    again = map_of(backend, measure, {"model": opened.model, "text": TEXT})
    assert again.name == map_.name
    assert (again.grid.values == map_.grid.values).all()


def test_a_link_keeps_it() -> None:
    parts = {"text": TEXT, "model": "tiny", "measure": "logit difference [token=5,other=6]"}
    opened = read_link(
        write_link("explore", {"parts": parts, "maps": {}}), [LINKED], lambda _: True, bool
    )
    assert (opened.parts["measure"], opened.said) == (parts["measure"], ())


def test_another_model_tracks_the_same_text_or_something_else(
    backend: FileBackend, token: int, shown: str
) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT))
    other = Measure("token rank", token=40)
    before = {"tracked": {"measure": other, "model": "another", "texts": [shown]}}
    assert settle_measure(backend, inspection, other, before).token_ids == (token,)
    before["tracked"]["texts"] = ["no such token"]
    assert settle_measure(backend, inspection, other, before) is Measure.NEXT_TOKEN_PROBABILITY
    assert settle_measure(backend, inspection, other, None) == other  # a link's own
    assert find_ids(("a", "b", "a"), ("b", "a")) == (1, 0)
    assert find_ids(("a", "b"), ("b", "b")) == ()


def test_the_last_tracked_token_can_be_chosen_again(
    backend: FileBackend, token: int, shown: str
) -> None:
    measure = Measure("token probability", token=token)
    found = TextMap(backend).inspection_map(REQUEST)
    before = for_browser(backend, found, tracked_of(backend, "tiny", measure))
    boxes, _, offers = measure_choices(TextMap(backend), backend, REQUEST, "lens entropy", before)
    assert boxes[0]["items"][0]["value"] == measure
    assert list(offers["tracked"]["texts"]) == [shown]
    assert tracked_of(backend, "another", Measure.LENS_ENTROPY, before) is None


def test_a_map_from_a_file_tracks_only_what_it_holds(backend: FileBackend, token: int) -> None:
    opened = open_text(backend, export_json(map_of(backend, "lens entropy")))
    inspection = backend.inspect(InspectRequest(opened.model, TEXT))
    measure = Measure("token probability", token=token)
    assert settle_measure(backend, inspection, measure, None) is Measure.NEXT_TOKEN_PROBABILITY


def test_compare_tracks_the_same_text_on_both_sides(backend: FileBackend, token: int) -> None:
    measure = Measure("token rank", token=token)
    assert on_both(backend, measure, "tiny", ["tiny", "tiny"]) == [measure, measure]
    opened = open_text(backend, export_json(map_of(backend, "lens entropy")))
    with pytest.raises(BadRequest, match="has no token"):
        on_both(backend, Measure("token rank", token=96), "tiny", ["tiny", opened.model])


def test_an_answers_cell_takes_it_too(backend: FileBackend, token: int) -> None:
    measure = Measure("token probability", token=token)
    asked = {"model": "tiny", "question": "Who?", "answer_ids": [5, 6], "axis": "all tokens"}
    cell = AnswerMap(backend).cell(asked, 1, 2, measures=[measure])
    assert cell.chosen[0].token_id == token
