"""The desk lets no study hold up the next: what cannot go on ends, and says why."""

from pathlib import Path

from model_backend import (
    CatalogueEntry,
    JobState,
    LocalBackend,
    StudyRequest,
)
from tests.model_backend.probing.answering import end
from tests.model_backend.saved import byte_tokenizer
from tests.model_backend.tiny_models import build_model


def test_a_study_of_an_encoder_is_refused_in_words(tmp_path: Path) -> None:
    build_model("bert", vocab_size=300).save_pretrained(tmp_path / "bert")
    byte_tokenizer().save_pretrained(tmp_path / "bert")
    entry = CatalogueEntry("bert", str(tmp_path / "bert"))
    backend = LocalBackend((entry,), device="cpu", studies=tmp_path / "studies")
    status = end(backend, backend.start_study(StudyRequest("bert", "places")))
    assert status.state is JobState.FAILED
    assert status.message.startswith("bert is an encoder")
    assert status.message.endswith("Choose a causal language model.")
