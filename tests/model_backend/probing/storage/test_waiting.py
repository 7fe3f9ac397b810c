"""The list of studies that wait or run, while other processes end them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from model_backend import StudyRequest
from model_backend.api.door import JobState
from model_backend.probing.storage.library import Library

N_STUDIES = 150


def test_a_study_that_ends_meanwhile_is_no_error(tmp_path: Path) -> None:
    library = Library(tmp_path)
    dataset = library.dataset("countries")

    def begin_and_end(seed: int) -> None:
        status = library.begin(StudyRequest("builtin", "countries", seed=seed, size=50), dataset)
        library.save(replace(status, state=JobState.CANCELLED))

    with ThreadPoolExecutor(2) as others:
        ending = others.map(begin_and_end, range(N_STUDIES))
        last = others.submit(lambda: None)
        while not last.done():
            assert all(status.request.dataset == "countries" for status in library.waiting())
        assert len(list(ending)) == N_STUDIES
    assert library.waiting() == ()
