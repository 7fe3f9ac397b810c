"""Bytes and memory are weighed as they are: nothing compressed, nothing left out."""

from pathlib import Path

import orjson
import pytest

from benchmarks.memory import STATUS, reset_peak, resident_mb
from benchmarks.speed import NAME, crowd_line, open_backend
from benchmarks.subjects import Texts, make_llama
from benchmarks.synthetic import Size, SyntheticBackend
from benchmarks.wire import weigh
from model_backend import Backend, InspectRequest
from tests.benchmarks.test_floor import TINY

SIZE = Size(3, 20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_llama(tmp_path_factory.mktemp("tiny"), TINY)


def test_the_synthetic_backend_is_a_backend() -> None:
    backend: Backend = SyntheticBackend(SIZE)
    inspection = backend.inspect(InspectRequest(str(SIZE), "any"))
    assert inspection.top_ids.shape == (3, 20, 5)
    assert {grid.values.shape for grid in inspection.grids.values()} == {(3, 20)}


def test_the_vocabulary_is_weighed_as_it_is_sent() -> None:
    backend = SyntheticBackend(SIZE)
    sent = weigh(backend, InspectRequest(str(SIZE), "any"))
    texts = [text.replace(" ", "·") for text in backend.vocabulary(str(SIZE))]
    assert sent.vocabulary == len(orjson.dumps(texts))


def test_the_map_and_its_predictions_are_weighed_before_compression() -> None:
    sent = weigh(SyntheticBackend(SIZE), InspectRequest(str(SIZE), "any"))
    assert sent.cells == 60
    assert sent.drawing > 60 * 4 * 4 / 3
    assert sent.predictions > 60 * 5 * (16 + 10) / 8


def test_equal_requests_at_once_are_counted_by_what_the_model_does(folder: Path) -> None:
    assert crowd_line("tiny", folder, n_tokens=8).value == 1


def test_a_text_of_a_subject_is_read_by_its_backend(folder: Path) -> None:
    text = Texts(folder).make(12)
    assert len(open_backend(folder).inspect(InspectRequest(NAME, text)).token_ids) == 12


@pytest.mark.skipif(not STATUS.exists(), reason="there is no /proc here")
def test_a_peak_is_seen_after_it_has_passed() -> None:
    if not reset_peak():
        pytest.skip("the peak may not be reset here")
    before = resident_mb("VmRSS")
    block = bytearray(80_000_000)
    block[::4096] = b"x" * len(block[::4096])
    del block
    assert 75 < resident_mb("VmHWM") - before < 120
