"""A map gets its turn in the middle of a study's forward pass, and neither changes the other."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from model_backend import Inspection, InspectRequest, LocalBackend, Site
from model_backend.models.architecture import locate
from model_backend.models.loaded import LoadedModel
from model_backend.probing.studies.answers.features import Features, capture_activations
from model_backend.probing.studies.answers.turns import exclusive_model
from tests.model_backend.probing.answering import open_namer
from tests.waiting import until

IDS = [[5, 6, 7, 8], [9, 10, 11]]
PLACES = np.array([[0, 3], [1, 2]])
MAP = InspectRequest("namer", "who is w1 w2 w3", attention=True)


@pytest.fixture()
def backend(model: Path, tmp_path: Path) -> LocalBackend:
    return open_namer(model, tmp_path)


@pytest.fixture()
def loaded(backend: LocalBackend) -> Iterator[LoadedModel]:
    yield backend._pool.take("namer")


def capture(loaded: LoadedModel) -> Features:
    sites = (Site.RESID_POST, Site.MLP_OUT)
    return capture_activations(loaded.model, IDS, PLACES, sites).features[Site.MLP_OUT]


def test_a_map_has_its_turn_within_a_pass_and_both_find_what_they_find_alone(
    backend: LocalBackend, loaded: LoadedModel
) -> None:
    alone, map_alone = capture(loaded), backend.inspect(MAP)
    backend._traces.forget("namer")
    order, found = list[str](), list[Inspection]()

    def ask() -> None:
        found.append(backend.inspect(MAP))
        order.append("map")

    asker = threading.Thread(target=ask)
    last = locate(loaded.model).blocks[-1]
    with exclusive_model(loaded):
        asker.start()
        until(lambda: bool(loaded.running._waiting))
        hook = last.register_forward_hook(lambda *_: order.append("last block"))
        beside = capture(loaded)
        hook.remove()
    asker.join(timeout=60)
    assert order[-2:] == ["map", "last block"]  # the map's own last block comes before both
    np.testing.assert_array_equal(beside.values, alone.values)
    (inspection,) = found
    for measure, grid in map_alone.grids.items():
        # Another thread of PyTorch may round the last digit otherwise, with or without a study.
        np.testing.assert_allclose(inspection.grids[measure].values, grid.values, atol=1e-5)


def test_no_hook_is_left_behind(loaded: LoadedModel) -> None:
    blocks = locate(loaded.model).blocks
    before = [len(block._forward_pre_hooks) for block in blocks]
    with pytest.raises(RuntimeError, match="stop"), exclusive_model(loaded):
        raise RuntimeError("stop")
    assert [len(block._forward_pre_hooks) for block in blocks] == before
