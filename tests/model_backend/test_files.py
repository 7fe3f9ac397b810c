"""A saved map is asked for like that of a model, by those who have the file."""

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from model_backend import (
    Archive,
    BadRequest,
    CellPart,
    CellRequest,
    FileBackend,
    Inspection,
    InspectRequest,
    Measure,
    ModelCard,
    ModelState,
    QuestionRequest,
    UnknownModel,
    write_npz,
)
from tests.model_backend.fakes import FakeBackend, make_inspection

TEXT = "one two three"


class Catalogue(FakeBackend):
    """Several models, the first of which failed."""

    def models(self) -> tuple[ModelCard, ...]:
        return ModelCard("broken", ModelState.FAILED), ModelCard("first"), ModelCard("second")


@pytest.fixture()
def saved() -> Inspection:
    return make_inspection(TEXT, "elsewhere")


@pytest.fixture()
def backend() -> FileBackend:
    return FileBackend(FakeBackend())


def content(saved: Inspection, text: str = TEXT, *, special_tokens: bool = True) -> bytes:
    ids = set(saved.top_ids.ravel().tolist())
    texts = {token_id: f"<{token_id}>" for token_id in ids}
    return write_npz(Archive(saved, text, texts, special_tokens=special_tokens))


def open_text(backend: FileBackend, written: bytes) -> InspectRequest:
    """How the map of a text in a file is asked for."""
    opened = backend.open_file(written)
    assert isinstance(opened, InspectRequest)
    return opened


def test_an_opened_file_gives_back_its_numbers(backend: FileBackend, saved: Inspection) -> None:
    request = open_text(backend, content(saved))
    opened = backend.inspect(request)
    assert request.text == TEXT and request.model.startswith("elsewhere from file ")
    for measure in Measure:
        if measure in saved.grids:
            assert np.array_equal(
                opened.grids[measure].values, saved.grids[measure].values, equal_nan=True
            )
    beneath = backend._backend
    assert isinstance(beneath, FakeBackend) and beneath.asked.total() == 0


def test_its_name_is_in_no_list_and_other_models_answer_as_before(
    backend: FileBackend, saved: Inspection
) -> None:
    name = open_text(backend, content(saved)).model
    assert [card.name for card in backend.models()] == ["fake"]
    assert backend.holds(name)
    assert backend.vocabulary("fake")[:1] == ("token0",)


def test_a_cell_of_a_file_shows_what_the_file_holds(
    backend: FileBackend, saved: Inspection
) -> None:
    request = open_text(backend, content(saved))
    detail = backend.cell(CellRequest(request.model, TEXT, 2, 1))
    first = detail.predictions[0]
    assert first.token_id == saved.top_ids[2, 1, 0] and first.text == f"<{first.token_id}>"
    assert detail.paths[2, 0] == saved.top_probs[2, 1, 0]
    assert detail.values[Measure.LENS_ENTROPY] == saved.grids[Measure.LENS_ENTROPY].values[2, 1]
    assert backend.vocabulary(request.model)[first.token_id] == first.text


def test_what_a_file_does_not_know_of_a_prediction_is_a_gap_with_a_reason(
    backend: FileBackend, saved: Inspection
) -> None:
    saved.top_ids[:, 1] = np.arange(5)
    saved.top_ids[3, 1, 0] = 9
    model = open_text(backend, content(saved)).model
    in_all, in_one = (backend.cell(CellRequest(model, TEXT, row, 1)) for row in (2, 3))
    assert np.isnan(in_all.paths).sum() == 1 and np.isnan(in_all.paths[3, 0])
    assert np.flatnonzero(~np.isnan(in_one.paths[:, 0])).tolist() == [3]
    assert "5 likeliest tokens" in in_one.absent[CellPart.WHOLE_PATHS]
    saved.top_ids[3, 1, 0] = 0
    model = open_text(backend, content(saved)).model
    assert CellPart.WHOLE_PATHS not in backend.cell(CellRequest(model, TEXT, 3, 1)).absent


def test_a_file_without_predictions_says_why_there_are_none(backend: FileBackend) -> None:
    saved = make_inspection(TEXT)
    none: dict[str, Any] = {
        name: getattr(saved, name)[..., :0] for name in ("top_ids", "top_probs")
    }
    model = open_text(backend, content(replace(saved, **none))).model
    assert backend.cell(CellRequest(model, TEXT, 1, 1)).absent[CellPart.PREDICTIONS]


@pytest.mark.parametrize(("row", "position"), [(4, 0), (0, 3)])
def test_a_cell_that_is_not_there_gets_a_sentence(
    backend: FileBackend, saved: Inspection, row: int, position: int
) -> None:
    request = open_text(backend, content(saved))
    with pytest.raises(BadRequest, match="4 rows and 3 positions"):
        backend.cell(CellRequest(request.model, TEXT, row, position))


@pytest.mark.parametrize(
    "other",
    [
        {"text": "one two four"},
        {"text": TEXT, "special_tokens": False},
        {"token_ids": (0, 1, 2, 3)},
    ],
)
def test_a_file_answers_for_no_other_text_than_its_own(
    backend: FileBackend, saved: Inspection, other: dict[str, Any]
) -> None:
    model = open_text(backend, content(saved)).model
    request = InspectRequest(model, **other)
    said = f"holds one text: “{TEXT}”. Choose a model"
    for ask in (backend.inspect, backend.token_count):
        with pytest.raises(BadRequest, match=said):
            ask(request)
    with pytest.raises(BadRequest, match=said):
        backend.cell(CellRequest(row=0, position=0, **asdict(request)))
    with pytest.raises(BadRequest, match=said):
        backend.answer(QuestionRequest(model, TEXT))


@pytest.mark.parametrize("special_tokens", [True, False])
@pytest.mark.parametrize("text", [TEXT, ""], ids=["of a text", "of tokens"])
def test_what_opening_a_file_says_can_be_asked_as_text_and_as_tokens(
    backend: FileBackend, saved: Inspection, text: str, special_tokens: bool
) -> None:
    request = open_text(backend, content(saved, text, special_tokens=special_tokens))
    assert request.special_tokens is special_tokens
    by_ids = InspectRequest(request.model, token_ids=tuple(saved.token_ids.tolist()))
    for asked in (request, by_ids):
        assert np.array_equal(backend.inspect(asked).token_ids, saved.token_ids)
        assert backend.token_count(asked) == len(saved.token_ids)


def test_another_text_goes_to_the_model_that_made_the_file_if_it_is_here(
    backend: FileBackend, saved: Inspection
) -> None:
    elsewhere = open_text(backend, content(saved))
    assert backend.instead(elsewhere) is None
    assert backend.instead(InspectRequest("fake", "else")) is None
    assert backend.instead(replace(elsewhere, text="else")) == "fake"
    backend = FileBackend(Catalogue())
    by_hand = content(make_inspection(TEXT, "second from file 0123456789abcdef"))
    for file, model in ((by_hand, "second"), (content(saved), "first")):
        asked = replace(open_text(backend, file), text="else")
        assert backend.instead(asked) == model


def test_a_long_text_is_quoted_only_by_its_beginning(backend: FileBackend) -> None:
    text = "word " * 100
    model = open_text(backend, content(make_inspection(text), text)).model
    with pytest.raises(BadRequest) as refused:
        backend.inspect(InspectRequest(model, "another"))
    assert "word …”" in str(refused.value) and len(str(refused.value)) < 200


def test_a_file_that_is_held_no_longer_says_so(backend: FileBackend) -> None:
    with pytest.raises(UnknownModel, match="Open the file again"):
        backend.load("gpt2 from file 0123456789abcdef")


def test_no_more_files_are_held_than_there_is_room_for(
    backend: FileBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_backend.files.MOST_HELD", 2)
    names = [open_text(backend, content(make_inspection(f"{n} b"))).model for n in "ab c".split()]
    first, *_ = [open_text(backend, content(make_inspection(text))).model for text in ("a", "b b")]
    assert not any(backend.holds(name) for name in names)
    assert backend.holds(first)
