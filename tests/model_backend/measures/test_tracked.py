"""A chosen token in every cell: its probability, its rank, and its logit less another's."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from model_backend import (
    BadRequest,
    CellRequest,
    InspectRequest,
    LocalBackend,
    Measure,
    Site,
    catalogue,
)
from model_backend.engine.forward import trace_forward
from model_backend.models.unembed import make_unembed
from tests.model_backend.saved import save_model

TEXT = "Hello, map."
TOKEN, OTHER = 7, 30
PROBABILITY = Measure("token probability", token=TOKEN)
RANK = Measure("token rank", token=TOKEN)
DIFFERENCE = Measure("logit difference", token=TOKEN, other=OTHER)
ALL = (PROBABILITY, RANK, DIFFERENCE)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    folder: Path = save_model(tmp_path_factory.mktemp("models") / "tiny")
    return LocalBackend(catalogue([str(folder)]), device="cpu")


@pytest.fixture(scope="module")
def logits(backend: LocalBackend) -> torch.Tensor:
    """The whole cube of logits, computed in one piece."""
    inspection = backend.inspect(InspectRequest("tiny", TEXT))
    model = backend._pool.take("tiny").model
    residual = trace_forward(model, torch.tensor(inspection.token_ids)).residual
    return make_unembed(model)(residual).double()


def test_they_are_what_the_whole_softmax_says(backend: LocalBackend, logits: torch.Tensor) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT, measures=ALL))
    probs = logits.softmax(-1)
    assert_allclose(inspection.grid(PROBABILITY).values, probs[..., TOKEN].numpy(), rtol=1e-4)
    ranks = (logits > logits[..., TOKEN, None]).sum(-1) + 1
    assert (inspection.grid(RANK).values == ranks.numpy()).mean() > 0.99
    difference = (logits[..., TOKEN] - logits[..., OTHER]).numpy()
    assert_allclose(inspection.grid(DIFFERENCE).values, difference, atol=2e-4)
    assert inspection.grid(DIFFERENCE).midpoint == 0


def test_the_next_token_tracked_has_the_numbers_of_the_next_token(backend: LocalBackend) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT))
    following = int(inspection.token_ids[3])
    measures = [Measure(f"token {name}", token=following) for name in ("probability", "rank")]
    tracked = backend.inspect(InspectRequest("tiny", TEXT, measures=measures))
    usual = (Measure.NEXT_TOKEN_PROBABILITY, Measure.NEXT_TOKEN_RANK)
    for measure, known in zip(measures, usual, strict=True):
        column = tracked.grid(measure).values[:, 2]
        assert_allclose(column, inspection.grid(known).values[:, 2], rtol=1e-5)


def test_an_opened_cell_has_them_with_the_tokens_text_and_path(backend: LocalBackend) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT, measures=ALL))
    cell = backend.cell(CellRequest("tiny", TEXT, 2, 4, measures=ALL))
    for measure in ALL:
        assert cell.values[measure] == pytest.approx(inspection.grid(measure).values[2, 4], 1e-3)
    vocabulary = backend.vocabulary("tiny")
    assert [(one.token_id, one.text) for one in cell.chosen] == [
        (id_, vocabulary[id_]) for id_ in {m: 0 for one in ALL for m in one.token_ids}
    ]
    assert cell.chosen_paths is not None
    assert_allclose(cell.chosen_paths[:, 0], inspection.grid(PROBABILITY).values[:, 4], rtol=1e-4)


def test_they_are_there_at_resid_pre_and_absent_with_a_reason_at_mid(backend: LocalBackend) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT, measures=ALL))
    before = inspection.grid(PROBABILITY, Site.RESID_PRE).values
    np.testing.assert_array_equal(before[1:], inspection.grid(PROBABILITY).values[:-1])
    assert "double the cost" in (inspection.why_absent(PROBABILITY, Site.RESID_MID) or "")


def test_a_token_of_another_model_is_refused(backend: LocalBackend) -> None:
    measure = Measure("token rank", token=999_999)
    with pytest.raises(BadRequest, match="chosen for another model"):
        backend.inspect(InspectRequest("tiny", TEXT, measures=[measure]))
    with pytest.raises(BadRequest, match="chosen for another model"):
        backend.cell(CellRequest("tiny", TEXT, 1, 1, measures=[measure]))


def test_people_read_its_text_and_links_hold_its_id() -> None:
    texts = {TOKEN: "·Rome", OTHER: "·Lima"}
    said = [measure.phrase(texts.__getitem__) for measure in ALL]
    assert said == ["probability of ·Rome", "rank of ·Rome", "·Rome rather than ·Lima"]
    assert PROBABILITY == "token probability [token=7]"


def test_a_typed_text_is_offered_with_a_space_and_without(builtin: LocalBackend) -> None:
    choices = builtin.token_choices("builtin", "Rome")
    assert choices[0].text == " Rome" and len(choices[0].token_ids) == 1
    vocabulary = builtin.vocabulary("builtin")
    for choice in choices:
        assert "".join(choice.token_texts) == choice.text
        assert [vocabulary[id_] for id_ in choice.token_ids] == list(choice.token_texts)
    several = builtin.token_choices("builtin", "Antananarivo")
    assert all(len(choice.token_ids) > 1 for choice in several)
    assert len({choice.token_ids[0] for choice in several}) == len(several)


@pytest.mark.parametrize("text", ["", "x" * 201, "a\ud800"])
def test_what_is_no_token_is_said(builtin: LocalBackend, text: str) -> None:
    with pytest.raises(BadRequest, match="token"):
        builtin.token_choices("builtin", text)


@pytest.fixture(scope="module")
def builtin() -> LocalBackend:
    return LocalBackend(device="cpu")
