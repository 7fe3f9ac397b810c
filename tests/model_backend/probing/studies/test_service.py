"""A study that cannot continue ends with a sentence and does not block the next one."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from model_backend import (
    CatalogueEntry,
    JobState,
    JobStatus,
    LocalBackend,
    ModelUnavailable,
    Stage,
    StudyRequest,
)
from model_backend.models.loaded import LoadedModel, Report
from model_backend.models.pool import ModelPool
from model_backend.probing.studies.service import LocalStudyService
from tests.model_backend.probing.answering import end
from tests.model_backend.saved import byte_tokenizer
from tests.model_backend.tiny_models import build_model
from tests.waiting import until


def test_a_study_of_an_encoder_is_refused_with_a_sentence(tmp_path: Path) -> None:
    build_model("bert", vocab_size=300).save_pretrained(tmp_path / "bert")
    byte_tokenizer().save_pretrained(tmp_path / "bert")
    entry = CatalogueEntry("bert", str(tmp_path / "bert"))
    backend = LocalBackend((entry,), device="cpu", studies=tmp_path / "studies")
    status = end(backend, backend.start_study(StudyRequest("bert", "places")))
    assert status.state is JobState.FAILED
    assert status.message.startswith("bert is an encoder")
    assert status.message.endswith("Choose a causal language model.")


@pytest.fixture()
def gate() -> Iterator[threading.Event]:
    """An event; the model ``slow`` loads until it is set."""
    gate = threading.Event()
    yield gate
    gate.set()


@pytest.fixture()
def service(tmp_path: Path, gate: threading.Event) -> LocalStudyService:
    """A service whose models never load: one is slow, the other is refused at once."""

    def load(entry: CatalogueEntry, report: Report) -> LoadedModel:
        if entry.name == "slow":
            gate.wait()
        raise ModelUnavailable(f"{entry.name} cannot be loaded.")

    entries = [CatalogueEntry(name, name) for name in ("slow", "quick")]
    models: ModelPool[LoadedModel] = ModelPool(entries, load)
    return LocalStudyService(tmp_path, models.take, models.cards)


def wait_until_over(service: LocalStudyService, job: str) -> JobStatus:
    until(lambda: service.job(job).is_over)
    return service.job(job)


def test_a_study_is_cancelled_while_its_model_loads_and_the_next_one_starts(
    service: LocalStudyService, gate: threading.Event
) -> None:
    job = service.start_study(StudyRequest("slow", "places"))
    following = service.start_study(StudyRequest("quick", "places"))
    until(lambda: service.job(job).stage is Stage.LOADING)
    assert service.job(following).state is JobState.WAITING
    service.cancel(job)
    assert wait_until_over(service, job).state is JobState.CANCELLED
    assert wait_until_over(service, following).message == "quick cannot be loaded."
    assert not gate.is_set()
