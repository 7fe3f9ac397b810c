"""The built-in model's maps equal those that plain PyTorch gave, and are estimated well."""

import numpy as np
import pytest

from model_backend import JobState, LocalBackend, PatchMap, PatchRequest
from tests.model_backend.engine.patching.reference import REFERENCES, ReferenceMap
from tests.waiting import until


@pytest.fixture(scope="module")
def backend() -> LocalBackend:
    return LocalBackend(device="cpu")


def request_of(backend: LocalBackend, known: ReferenceMap) -> PatchRequest:
    return PatchRequest(backend.models()[0].name, known.text_a, known.text_b)


@pytest.mark.parametrize("known", REFERENCES, ids=lambda known: known.text_b)
def test_the_maps_of_the_built_in_model_are_the_known_ones(
    backend: LocalBackend, known: ReferenceMap
) -> None:
    found = backend.patch(request_of(backend, known))
    assert tuple(answer.text for answer in found.setup.answers) == known.answers
    assert found.setup.metric_a == pytest.approx(known.metric_a, abs=1e-3)
    assert found.setup.metric_b == pytest.approx(known.metric_b, abs=1e-3)
    n_columns = known.effect.shape[1]
    np.testing.assert_allclose(found.effect[:16, -n_columns:], known.effect, atol=2e-4)
    assert np.abs(found.effect[:, :-n_columns]).max() < 1e-6
    correlation, largest = found.agreement
    assert correlation > 0.99
    assert largest < 0.3
    assert np.nansum(found.estimate[0]) == pytest.approx(1.0, abs=0.05)


def test_a_map_is_started_watched_and_done(backend: LocalBackend) -> None:
    job = backend.start(request_of(backend, REFERENCES[0]))
    until(lambda: backend.watch(job).is_over)
    status = backend.watch(job)
    assert status.state is JobState.DONE
    assert isinstance(status.so_far, PatchMap)
    assert status.so_far.is_whole
    backend.cancel(job)
    assert backend.watch(job).state is JobState.DONE
