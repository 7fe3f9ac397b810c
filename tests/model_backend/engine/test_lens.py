import copy
import math
from typing import Any

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from model_backend.api.errors import UnsoundActivations
from model_backend.engine import lens
from model_backend.engine.forward import trace_forward
from model_backend.engine.lens import read_lens, read_position
from model_backend.models.architecture import locate
from model_backend.models.unembed import Unembed, make_unembed
from tests.model_backend.tiny_models import VARIANTS, VOCABULARY, build_model, tiny_model

INPUT_IDS = torch.tensor([1, 17, 5, 60, 5, 3, 96])
FIELDS = ("top_ids", "top_probs", "entropy", "kl_to_final", "next_prob", "next_rank")


def models_own_reading(model, row):
    """Logits of the whole model when ``row`` comes out of its last block, in float64."""
    model = copy.deepcopy(model).double()
    # The other ways to run experts do not know float64.
    model.set_experts_implementation("eager")

    def replace(_module, _args, output):
        row64 = row.double()[None]
        return (row64, *output[1:]) if isinstance(output, tuple) else row64

    locate(model).blocks[-1].register_forward_hook(replace)
    with torch.no_grad():
        return model(INPUT_IDS[: len(row)][None]).logits[0]


def reference(logits, token_ids, k=5):
    """The definitions written down plainly, from float64 logits ``row token vocabulary``."""
    probs = logits.softmax(-1)
    following = torch.cat([token_ids[1:], probs[-1, -1:].argmax(-1)])
    surprise = -probs.clamp(min=1e-300).log2()
    next_prob = torch.stack([row.gather(-1, following[:, None])[:, 0] for row in probs])
    return {
        "top_ids": probs.topk(k).indices,
        "top_probs": probs.topk(k).values,
        "entropy": (probs * surprise).sum(-1),
        "kl_to_final": (probs[-1] * (surprise - surprise[-1])).sum(-1),
        "next_prob": next_prob,
        "next_rank": 1 + (probs > next_prob[..., None]).sum(-1),
    }


def logits_to_residual(logits):
    """A stream and an unembedding that give exactly these logits."""
    size = logits.shape[-1]
    unembedding = nn.Linear(size, size, bias=False)
    nn.init.eye_(unembedding.weight)
    return logits, Unembed(unembedding, size)


def read_logits(logits, token_ids=None):
    token_ids = torch.zeros(logits.shape[1], dtype=torch.long) if token_ids is None else token_ids
    return read_lens(*logits_to_residual(logits), token_ids)


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_lens_equals_a_plain_float64_reference(variant) -> None:
    model = tiny_model(variant)
    residual = trace_forward(model, INPUT_IDS).residual
    logits = torch.stack([models_own_reading(model, row) for row in residual])
    readings = read_lens(residual, make_unembed(model), INPUT_IDS)
    for name, expected in reference(logits, INPUT_IDS).items():
        read = getattr(readings, name).to(expected.dtype)
        assert_close(read, expected, rtol=1e-5, atol=2e-6, msg=f"{name} differs")


@pytest.mark.parametrize("variant", ["llama", "gpt2", "gemma2", "olmo2"])
def test_every_row_is_normed_by_its_own_scale(variant) -> None:
    model = tiny_model(variant)
    unembed = make_unembed(model)
    row = trace_forward(model, INPUT_IDS).residual[1]
    assert_close(unembed(row).double(), models_own_reading(model, row), rtol=1e-4, atol=1e-5)
    # A norm forgets the size of what it reads, except for its epsilon.
    assert_close(unembed(row * 64), unembed(row * 32), rtol=1e-4, atol=1e-4)


def test_a_model_without_a_final_norm_is_read_through_its_projection() -> None:
    unembed = make_unembed(tiny_model("opt, norm after"))
    assert unembed.final_norm is None
    assert unembed.project_out is not None


def test_equal_logits_have_the_entropy_of_the_vocabulary() -> None:
    readings = read_logits(torch.zeros(2, 3, 32))
    assert_close(readings.entropy, torch.full((2, 3), 5.0))
    assert_close(readings.top_probs, torch.full((2, 3, 5), 1 / 32))


def test_one_overwhelming_logit_is_certain() -> None:
    logits = torch.zeros(2, 1, 32)
    logits[..., 7] = 1e4
    readings = read_logits(logits)
    assert readings.entropy.abs().max() == 0
    assert (readings.top_probs[..., 0] == 1).all()
    assert (readings.top_ids[..., 0] == 7).all()


def test_two_equal_logits_are_one_bit() -> None:
    logits = torch.full((1, 1, 32), -1e4)
    logits[..., [3, 9]] = 50.0
    assert_close(read_logits(logits).entropy, torch.ones(1, 1))


def test_the_kl_of_equal_rows_is_zero() -> None:
    row = torch.randn(3, 64, generator=torch.Generator().manual_seed(0)) * 20
    assert (read_logits(torch.stack([row, row, row])).kl_to_final == 0).all()


def test_the_kl_goes_from_the_final_row_to_the_others() -> None:
    logits = torch.tensor([[[0.75, 0.25]], [[0.5, 0.5]]]).log()
    expected = 0.5 * math.log2(0.5 / 0.75) + 0.5 * math.log2(0.5 / 0.25)
    assert_close(read_logits(logits).kl_to_final[:, 0], torch.tensor([expected, 0.0]))


def test_the_kl_is_never_below_zero() -> None:
    row = torch.randn(1, 16, 512, generator=torch.Generator().manual_seed(0)) * 30
    logits = row + torch.tensor([1e-6, 1e-5, 0.0])[:, None, None]
    assert (read_logits(logits).kl_to_final >= 0).all()


def test_equal_logits_share_the_better_rank_and_the_lower_id_comes_first() -> None:
    logits = torch.tensor([[[1.0, 3.0, 3.0, 0.0, 3.0, -1.0, 2.0], [0.0] * 7]])
    readings = read_logits(logits, torch.tensor([0, 4]))
    assert readings.next_rank.tolist() == [[1, 1]]
    assert readings.top_ids[0].tolist() == [[1, 2, 4, 6, 0], [0, 1, 2, 3, 4]]


def test_the_rank_counts_from_one() -> None:
    logits = torch.arange(10.0).repeat(1, 3, 1)
    readings = read_logits(logits, torch.tensor([0, 9, 0]))
    assert readings.next_rank.tolist() == [[1, 10, 1]]


def test_the_last_position_is_followed_by_the_models_own_likeliest() -> None:
    logits = torch.zeros(2, 2, 8)
    logits[0, 1, 3], logits[1, 1, 5] = 4.0, 4.0
    readings = read_logits(logits)
    probs = logits.softmax(-1)
    assert_close(readings.next_prob[:, 1], probs[:, 1, 5])
    assert readings.next_rank[:, 1].tolist() == [2, 1]


@pytest.mark.parametrize("cells", [1, 2, 3, 1000])
def test_the_size_of_the_blocks_changes_nothing(monkeypatch, cells) -> None:
    model = tiny_model("gemma2")
    residual = trace_forward(model, INPUT_IDS).residual
    whole = read_lens(residual, make_unembed(model), INPUT_IDS)
    monkeypatch.setattr(lens, "FEWEST_CELLS", cells)
    monkeypatch.setattr(lens, "MOST_CELLS", cells)
    parts = read_lens(residual, make_unembed(model), INPUT_IDS)
    for name in FIELDS:
        assert_close(getattr(parts, name), getattr(whole, name), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("variant", ["llama", "gpt2", "gemma2"])
def test_half_precision_gives_probabilities_that_are_sound(variant, dtype) -> None:
    model = build_model(variant).to(dtype)
    # Sharp enough that probabilities in half precision would round to 1.
    weight: Any = locate(model).unembedding.weight
    weight.data.mul_(8)
    residual = trace_forward(model, INPUT_IDS).residual
    readings = read_lens(residual, make_unembed(model), INPUT_IDS)
    assert readings.top_probs.dtype == torch.float32
    assert (readings.top_probs.sum(-1) <= 1 + 1e-6).all()
    assert (readings.top_probs.diff(dim=-1) <= 0).all()
    assert readings.entropy.isfinite().all() and (readings.entropy >= 0).all()
    assert (readings.kl_to_final[-1] == 0).all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_half_precision_reads_the_logits_that_the_model_has(dtype) -> None:
    model = build_model("gemma2").to(dtype)
    residual = trace_forward(model, INPUT_IDS).residual
    with torch.no_grad():
        logits = model(INPUT_IDS[None]).logits.double()
    expected = reference(logits, INPUT_IDS)
    readings = read_lens(residual, make_unembed(model), INPUT_IDS)
    assert_close(readings.entropy[-1:].double(), expected["entropy"], rtol=1e-5, atol=1e-6)
    assert_close(readings.next_prob[-1:].double(), expected["next_prob"], rtol=1e-5, atol=1e-6)


def test_logits_that_are_not_finite_are_refused() -> None:
    logits = torch.zeros(3, 1, 8)
    logits[1, 0, 2] = torch.inf
    with pytest.raises(UnsoundActivations, match="'1'"):
        read_logits(logits)


def test_a_vocabulary_smaller_than_five_is_read_whole() -> None:
    readings = read_logits(torch.zeros(2, 1, 3))
    assert readings.top_ids.tolist() == [[[0, 1, 2]], [[0, 1, 2]]]


def test_a_position_is_read_as_in_the_whole() -> None:
    model = tiny_model("qwen3")
    residual = trace_forward(model, INPUT_IDS).residual
    readings = read_lens(residual, make_unembed(model), INPUT_IDS)
    paths = read_position(residual[:, 2], make_unembed(model), readings.top_ids[1, 2])
    assert paths.shape == (len(residual), 5)
    assert_close(paths[1], readings.top_probs[1, 2])
    everything = read_position(residual[:, 2], make_unembed(model), torch.arange(VOCABULARY))
    assert_close(everything.sum(-1), torch.ones(len(residual)))
