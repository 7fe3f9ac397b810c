"""A measure with arguments stays itself in requests, a model's map, files, links and readings."""

import json
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
import pytest

from dashboard.links.url_state import read_link, write_link
from dashboard.maps.export import export_csv, export_npz
from dashboard.maps.load_map import load_map
from dashboard.maps.measure_choices import MeasureChoices
from dashboard.maps.read import read
from dashboard.maps.view_options import make_view_options
from dashboard.views.ask.answer_map import AnswerMap
from dashboard.views.explore.text_map import TextMap
from dashboard.views.explore.view import LINKED
from model_backend import (
    Archive,
    BadRequest,
    CellRequest,
    Inspection,
    InspectRequest,
    LocalBackend,
    Measure,
    Site,
    catalogue,
    read_archive,
    write_json,
    write_npz,
)
from model_backend.sharing.codec import decode, encode
from model_backend.sharing.keys import cache_key
from tests.model_backend.fakes import FakeBackend
from tests.model_backend.measures.made_up import ATTENTION_TO, STREAM_NUMBERS, registered
from tests.model_backend.saved import save_model

TEXT = "Hello, map."


@pytest.fixture(scope="module", autouse=True)
def made_up() -> Iterator[None]:
    with registered(STREAM_NUMBERS, ATTENTION_TO):
        yield


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    folder = save_model(tmp_path_factory.mktemp("models") / "tiny")
    return LocalBackend(catalogue([str(folder)]), device="cpu")


@pytest.fixture()
def of_stream() -> Measure:
    return Measure(STREAM_NUMBERS.id, numbers=(1, 2), direction="down")


@pytest.fixture()
def to_third() -> Measure:
    return Measure(ATTENTION_TO.id, source=2)


def test_a_request_keeps_it_through_json(of_stream: Measure, to_third: Measure) -> None:
    request = InspectRequest("tiny", TEXT, measures=(of_stream, to_third, of_stream))
    assert InspectRequest(**json.loads(json.dumps(asdict(request)))) == request
    assert request == InspectRequest("tiny", TEXT, measures=[to_third, of_stream])
    assert set(request.with_arguments) == {of_stream, to_third}
    assert request.attention  # which one of them needs
    cell = CellRequest("tiny", TEXT, 1, 2, measures=[to_third])
    assert cell.inspect == InspectRequest("tiny", TEXT, measures=[to_third])


@pytest.mark.parametrize("measures", [["luck"], ["lens entropy"], "lens entropy"])
def test_a_request_refuses_what_is_no_measure_with_arguments(measures: list[str]) -> None:
    with pytest.raises(BadRequest, match=r"\.$"):
        InspectRequest("tiny", TEXT, measures=measures)


def test_it_is_measured_as_asked(backend: LocalBackend, of_stream: Measure) -> None:
    up = Measure(STREAM_NUMBERS.id, numbers=(1, 2), direction="up")
    inspection = backend.inspect(InspectRequest("tiny", TEXT, measures=(of_stream, up)))
    grid = inspection.grid(of_stream)
    assert np.isfinite(grid.values).all() and grid.values.std() > 0
    np.testing.assert_array_equal(grid.values, -inspection.grid(up).values)
    before = inspection.grid(of_stream, Site.RESID_PRE)
    np.testing.assert_array_equal(before.values[1:], grid.values[:-1])
    assert of_stream not in backend.inspect(InspectRequest("tiny", TEXT)).grids


def test_an_opened_cell_says_what_its_map_says(
    backend: LocalBackend, of_stream: Measure, to_third: Measure
) -> None:
    measures = (of_stream, to_third)
    inspection = backend.inspect(InspectRequest("tiny", TEXT, measures=measures))
    cell = backend.cell(CellRequest("tiny", TEXT, 2, 5, measures=measures))
    assert cell.attention_from is not None
    assert cell.values[to_third] == pytest.approx(cell.attention_from[:, 2].mean())
    for measure in measures:
        expected = inspection.grid(measure).values[2, 5]
        assert cell.values[measure] == pytest.approx(expected, rel=1e-4)


def test_other_arguments_are_another_result(backend: LocalBackend, to_third: Measure) -> None:
    others = [(), (to_third,), (Measure(ATTENTION_TO.id, source=3),)]
    requests = [InspectRequest("tiny", TEXT, attention=True, measures=one) for one in others]
    card = backend.models()[0]
    assert len({cache_key(request, card) for request in requests}) == len(others)


def test_another_argument_is_measured_in_a_pass_of_its_own(
    backend: LocalBackend, to_third: Measure
) -> None:
    """A forward pass that was kept has the numbers of its own measures only."""
    to_fourth = Measure(ATTENTION_TO.id, source=3)
    for measure in (to_third, to_fourth):
        grids = backend.inspect(InspectRequest("tiny", TEXT, measures=[measure])).grids
        assert grids.keys() & {to_third, to_fourth} == {measure}


@pytest.mark.parametrize("write", [write_npz, write_json])
def test_a_file_keeps_it(backend: LocalBackend, to_third: Measure, write) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT, measures=[to_third]))
    again = read_archive(write(Archive(inspection, TEXT))).inspection
    assert again.grids.keys() == inspection.grids.keys()
    np.testing.assert_array_equal(again.grid(to_third).values, inspection.grid(to_third).values)


def test_the_cache_keeps_it(backend: LocalBackend, of_stream: Measure) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT, measures=[of_stream]))
    again = decode("key", Inspection, encode("key", Inspection, inspection))
    assert again.grids.keys() == inspection.grids.keys() and of_stream in again.grids


def test_a_link_keeps_it(to_third: Measure) -> None:
    parts = {"text": TEXT, "model": "tiny", "measure": to_third.value}
    fragment = write_link("explore", {"parts": parts, "maps": {}})
    opened = read_link(fragment, [LINKED], lambda _: True, lambda _: True)
    assert (opened.parts["measure"], opened.said) == (to_third, ())
    assert make_view_options(opened.parts["measure"], None).measure == to_third


def test_a_view_draws_saves_and_reads_it(backend: LocalBackend, of_stream: Measure) -> None:
    options = make_view_options(of_stream, None)
    map_ = load_map(TextMap(backend), backend, {"model": "tiny", "text": TEXT}, options)
    assert map_.grid.name == "sum of numbers [numbers=1+2,direction=down]"
    assert map_.view["measure"] == of_stream
    assert f'"{of_stream}"' in export_csv(map_).splitlines()[1]
    assert of_stream in read_archive(export_npz(map_)).inspection.grids
    said = [observation.text for observation in read(map_).observations]
    assert any(STREAM_NUMBERS.caution in text for text in said)


def test_the_page_keeps_it_as_chosen(backend: LocalBackend, of_stream: Measure) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT))
    assert MeasureChoices(inspection).choose(of_stream) == of_stream


def test_an_answers_map_takes_it_too(to_third: Measure) -> None:
    asked: list[InspectRequest] = []

    class Noting(FakeBackend):
        def inspect(self, request: InspectRequest) -> Inspection:
            asked.append(request)
            return super().inspect(request)

    request = {"model": "fake", "question": "Who?", "answer_ids": [1, 2], "axis": "all tokens"}
    AnswerMap(Noting()).inspection_map(request, attention=True, measures=[to_third])
    assert asked[0].with_arguments == (to_third,)
