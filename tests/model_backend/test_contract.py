"""Every backend answers every request alike: real, cached, with files, over bytes, and the fake."""

import io
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from model_backend import (
    Archive,
    Backend,
    BadRequest,
    CachedBackend,
    CellRequest,
    FileBackend,
    InspectRequest,
    JobState,
    LocalBackend,
    Measure,
    ModelState,
    ProbeScoreRequest,
    QuestionRequest,
    StudyRequest,
    UnknownModel,
    UnknownStudy,
    Upload,
    VocabularyRequest,
    catalogue,
    make_store,
    write_npz,
)
from tests.model_backend.fakes import FakeBackend, make_inspection
from tests.model_backend.remote.working import working
from tests.model_backend.round_trip import RoundTripBackend
from tests.model_backend.saved import save_model
from tests.waiting import until

TEXT = "one two three"
QUESTION = "Who is it?"
WRAPPED: dict[str, Callable[[Backend], Backend]] = {
    "itself": lambda backend: backend,
    "cached": lambda backend: CachedBackend(backend, make_store()),
    "with files": lambda backend: FileBackend(backend),
    "over bytes": lambda backend: RoundTripBackend(backend),
    "all of these": lambda backend: RoundTripBackend(
        FileBackend(CachedBackend(RoundTripBackend(backend), make_store()))
    ),
}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    folder = save_model(tmp_path_factory.mktemp("models") / "fake")
    studies = tmp_path_factory.mktemp("studies")
    return LocalBackend(catalogue([str(folder)]), device="cpu", studies=studies)


@pytest.fixture(params=["local", "fake"])
def own(request: pytest.FixtureRequest) -> Backend:
    """A backend that answers by itself; both have a model called ``fake``."""
    if request.param == "fake":
        return FakeBackend()
    backend: Backend = request.getfixturevalue("local")
    return backend


@pytest.fixture(params=[*WRAPPED.values(), None], ids=[*WRAPPED, "in a worker"])
def backend(request: pytest.FixtureRequest, own: Backend) -> Iterator[Backend]:
    if request.param is not None:
        yield request.param(own)
        return
    redis = request.getfixturevalue("redis")
    redis.client.flushall()
    with working(own, redis.url) as remote:
        yield remote


def test_a_model_is_listed_and_loaded(backend: Backend) -> None:
    backend.load("fake")
    until(lambda: backend.models()[0].state is ModelState.READY)
    card = backend.models()[0]
    assert card.name == "fake" and card.identity is not None
    assert len(backend.vocabulary("fake")) == card.vocabulary_size
    backend.cancel_load("fake")
    assert backend.models()[0].state is ModelState.READY


def test_a_text_has_a_map_and_its_cells_open(backend: Backend, own: Backend) -> None:
    request = InspectRequest("fake", TEXT)
    inspection = backend.inspect(request)
    assert backend.token_count(request) == len(inspection.token_ids)
    expected = own.inspect(request)
    for measure, grid in inspection.grids.items():
        np.testing.assert_array_equal(grid.values, expected.grids[measure].values)
        assert grid.token_labels == expected.grids[measure].token_labels
    by_ids = InspectRequest("fake", token_ids=inspection.token_ids.tolist())
    assert len(backend.inspect(by_ids).token_ids) == len(inspection.token_ids)
    cell = backend.cell(CellRequest("fake", TEXT, 1, 2))
    assert (cell.row, cell.position) == (1, 2) and cell.token_labels[2] == cell.token_text


def test_a_question_is_answered_streamed_and_read(backend: Backend) -> None:
    question = QuestionRequest("fake", QUESTION, max_new_tokens=5)
    whole = backend.generate(question)
    job = backend.start_answer(question)
    until(lambda: backend.watch(job).is_over)
    status, progress = backend.watch(job), backend.answer_progress(job)
    assert status.state is JobState.DONE and status.request.model == "fake"
    assert progress.is_whole and progress.token_ids == tuple(whole.token_ids.tolist())
    assert len(progress.token_texts) == len(progress.token_ids) == 5
    assert progress.most_tokens is not None
    answer = backend.answer(question)
    assert answer.token_ids[answer.n_prompt :] == progress.token_ids
    assert backend.answer(replace(question, mark=(1, 2))).by_hand
    backend.stop_answer(job)


def test_studies_are_uploaded_started_watched_and_cancelled(backend: Backend) -> None:
    names = [found.dataset for found in backend.datasets()]
    lines = ["question,answer", *(f"who is {n},w{n}" for n in range(60))]
    found = backend.upload(Upload("mine.csv", "\n".join(lines).encode()))
    assert found.dataset and found.dataset in [one.dataset for one in backend.datasets()]
    request = StudyRequest("fake", names[0], size=50)
    job = backend.start_study(request)
    assert backend.job(job).request == request
    assert job in [status.job for status in backend.jobs()]
    backend.cancel(job)
    until(lambda: backend.watch(job).is_over)
    assert backend.watch(job).state is JobState.CANCELLED


def test_errors_keep_their_type_and_sentence(backend: Backend) -> None:
    with pytest.raises(UnknownModel, match="no model 'nobody' here"):
        backend.inspect(InspectRequest("nobody", TEXT))
    for ask in (backend.study, backend.export_study):
        with pytest.raises(UnknownStudy, match="no study '20990101-000000-none-000000' here"):
            list(ask("20990101-000000-none-000000"))  # type: ignore[arg-type]
    with pytest.raises(UnknownStudy):
        backend.probe_scores(ProbeScoreRequest("fake", "none", TEXT))
    with pytest.raises(BadRequest, match="no longer kept"):
        list(backend.open_blob("blob-unknown"))


def test_nobody_waits_and_the_counts_are_numbers(backend: Backend) -> None:
    backend.inspect(InspectRequest("fake", TEXT))
    assert backend.waiting() is None
    backend.give_up()
    assert backend.counts().waiting == 0


def test_equal_questions_have_equal_answers(backend: Backend) -> None:
    first, second = (backend.ask(VocabularyRequest("fake")) for _ in range(2))
    assert first == second


FILES = [WRAPPED["with files"], WRAPPED["all of these"]]


@pytest.mark.parametrize("wrap", FILES, ids=["with files", "all of these"])
def test_a_saved_map_is_asked_for_like_that_of_a_model(wrap: Any, own: Backend) -> None:
    backend, saved = wrap(own), make_inspection(TEXT, "elsewhere")
    request = backend.open_file(write_npz(Archive(saved, TEXT, {})))
    assert backend.holds(request.model) and not backend.holds("fake")
    assert backend.instead(request) is None
    assert backend.instead(replace(request, text="else")) in [card.name for card in own.models()]
    opened = backend.inspect(request).grids[Measure.LENS_ENTROPY]
    np.testing.assert_array_equal(opened.values, saved.grids[Measure.LENS_ENTROPY].values)
    assert backend.token_count(request) == 3
    assert backend.cell(CellRequest(row=1, position=1, **asdict(request))).position == 1
    with pytest.raises(BadRequest, match="holds one text"):
        backend.answer(QuestionRequest(request.model, TEXT))


def test_a_study_that_leaves_as_a_zip_comes_back() -> None:
    for wrap in WRAPPED.values():
        backend = wrap(FakeBackend())
        (card,) = backend.studies()
        study = backend.study(card.study)
        assert study.card == card and len(study.maps) == 1
        content = b"".join(backend.export_study(card.study))
        taken = backend.import_study(io.BytesIO(content))
        assert taken.study in [one.study for one in backend.studies()]
        scores = backend.probe_scores(
            ProbeScoreRequest("fake", card.study, TEXT, position="last_q")
        )
        assert scores.values.shape == (4, 3)
