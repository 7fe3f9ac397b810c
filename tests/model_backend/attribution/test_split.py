"""The writes of all layers for one token rather than another add up to their logit difference."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from model_backend import AttributionRequest, BadRequest, ModelCard, ModelState
from model_backend.attribution.split import attribute
from model_backend.engine.forward import trace_forward
from model_backend.models.loaded import LoadedModel
from model_backend.models.unembed import Unembed, make_unembed
from tests.model_backend.tiny_models import N_LAYERS, POST_NORM, VARIANTS, VOCABULARY, tiny_model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

IDS = (1, 17, 5, 60, 5, 3, 96)
TOKEN, OTHER, POSITION = 7, 30, 4
READABLE = [variant for variant in VARIANTS if variant not in POST_NORM]


class Names:
    """A tokenizer of which only the spelling of ids is asked."""

    is_fast = False
    all_special_ids: tuple[int, ...] = ()
    all_special_tokens: tuple[str, ...] = ()
    added_tokens_decoder: dict[int, str] = {}  # noqa: RUF012

    def __len__(self) -> int:
        return 0

    def encode(self, _: str, add_special_tokens: bool) -> list[int]:
        return [0]

    def decode(self, *_: object, **__: object) -> str:
        return "a"


def loaded(variant: str) -> LoadedModel:
    model = tiny_model(variant)
    card = ModelCard("tiny", ModelState.READY, n_layers=N_LAYERS, vocabulary_size=VOCABULARY)
    return LoadedModel(card, model, Names(), make_unembed(model), "")


def split(variant: str, row: int = -1):
    asked = AttributionRequest("tiny", POSITION, TOKEN, OTHER, token_ids=IDS, row=row)
    return attribute(loaded(variant), IDS, asked)


def gap(unembed: Unembed, vector: torch.Tensor) -> float:
    with torch.no_grad():
        logits = unembed(vector).double()
    return float(logits[TOKEN] - logits[OTHER])


@pytest.mark.parametrize("row", [N_LAYERS, 1])
@pytest.mark.parametrize("variant", READABLE)
def test_the_rest_is_no_more_than_biases_and_the_soft_cap_make(variant: str, row: int) -> None:
    """Both are computed from the model's own norm and matrix, without any write."""
    found, unembed = split(variant, row), make_unembed(tiny_model(variant))
    stream = trace_forward(tiny_model(variant), torch.tensor(IDS)).residual[row, POSITION]
    free = replace(unembed, soft_cap=None)
    biases = gap(free, torch.zeros_like(stream))
    capped = gap(unembed, stream) - gap(free, stream)
    assert found.difference[row] == pytest.approx(gap(unembed, stream), abs=1e-4)
    size = float(np.abs(found.attention).sum() + np.abs(found.mlp).sum() + abs(found.embedding))
    assert size > 0.1
    assert found.rest == pytest.approx(biases + capped, abs=2e-3 * size)
    parts = found.embedding + found.attention.sum() + found.mlp.sum()
    assert parts + found.rest == pytest.approx(found.difference[row], abs=1e-5)


def test_without_biases_nothing_is_left_over() -> None:
    found = split("llama")
    assert abs(found.rest) < 1e-4 * np.abs(found.mlp).sum()


def test_layers_above_the_row_wrote_nothing_for_it() -> None:
    found = split("llama", row=1)
    assert found.row == 1 and found.attention[0] != 0 and found.mlp[0] != 0
    assert not found.attention[1:].any() and not found.mlp[1:].any()


@pytest.mark.parametrize("variant", POST_NORM)
def test_where_writes_are_normed_again_it_says_why_there_are_no_parts(variant: str) -> None:
    found = split(variant)
    assert "norms the stream" in found.why_no_parts
    assert found.rest == pytest.approx(found.difference[-1])


def test_the_other_token_is_the_likeliest_unless_one_is_given() -> None:
    asked = AttributionRequest("tiny", POSITION, TOKEN, token_ids=IDS)
    found = attribute(loaded("llama"), IDS, asked)
    rows = trace_forward(tiny_model("llama"), torch.tensor(IDS)).residual
    logits = make_unembed(tiny_model("llama"))(rows[:, POSITION])
    order = [one for one in logits[-1].argsort(descending=True).tolist() if one != TOKEN]
    assert found.other.token_id == order[0]
    probs = logits.softmax(-1)
    for at, token_id in enumerate((TOKEN, order[0])):
        np.testing.assert_allclose(found.chances[:, at], probs[:, token_id], rtol=1e-3)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"token": OTHER}, "Both tokens are the same"),
        ({"position": -1}, "whole numbers"),
        ({"row": -2}, "row is a whole number"),
        ({"position": 99}, "There is no position 99 here"),
        ({"row": 99}, "There is no row 99 here"),
        ({"other": VOCABULARY}, f"There is no token {VOCABULARY} here"),
    ],
)
def test_what_cannot_be_split_is_said(changes: dict[str, int], said: str) -> None:
    given: dict[str, Any] = {"position": POSITION, "token": TOKEN, "other": OTHER, **changes}
    with pytest.raises(BadRequest, match=said):
        attribute(loaded("llama"), IDS, AttributionRequest("tiny", token_ids=IDS, **given))
