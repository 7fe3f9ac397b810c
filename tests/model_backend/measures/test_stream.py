"""Measures of the residual stream have their worked values and equal a float64 reference."""

import pytest
import torch
from torch.testing import assert_close

from model_backend.engine.forward import trace_forward
from model_backend.measures.stream import (
    cosine_to_final,
    cosine_to_previous,
    residual_norm,
    update_size,
)
from tests.model_backend.tiny_models import VARIANTS, tiny_model

INPUT_IDS = torch.tensor([1, 17, 5, 60])
STREAM = torch.tensor(
    [[[3.0, 4.0], [1.0, 0.0]], [[6.0, 8.0], [0.0, 1.0]], [[6.0, 8.0], [0.0, -2.0]]]
)


def test_the_norm_of_three_and_four_is_five() -> None:
    assert_close(residual_norm(STREAM), torch.tensor([[5.0, 1.0], [10.0, 1.0], [10.0, 2.0]]))


def test_an_update_is_relative_to_what_the_block_read() -> None:
    updates = update_size(STREAM)
    assert updates[0].isnan().all()
    assert_close(updates[1:], torch.tensor([[1.0, 2**0.5], [0.0, 3.0]]))


def test_cosines_are_of_directions() -> None:
    before = cosine_to_previous(STREAM)
    assert before[0].isnan().all()
    assert_close(before[1:], torch.tensor([[1.0, 0.0], [1.0, -1.0]]))
    assert_close(cosine_to_final(STREAM), torch.tensor([[1.0, 0.0], [1.0, -1.0], [1.0, 1.0]]))


def test_a_stream_of_zeros_has_no_size_to_be_relative_to() -> None:
    updates = update_size(torch.stack([torch.zeros(1, 4), torch.ones(1, 4)]))
    assert updates[1].isnan().all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_massive_activations_in_half_precision_do_not_overflow(dtype) -> None:
    stream = torch.full((3, 2, 4096), 1e4, dtype=dtype)
    stream[1] = -6e4
    norms = residual_norm(stream)
    assert norms.dtype == torch.float32
    assert_close(norms[0], stream[0].double().norm(dim=-1).float())
    assert_close(update_size(stream)[1], torch.full((2,), 7.0), rtol=1e-2, atol=0)
    assert_close(cosine_to_previous(stream)[1], torch.full((2,), -1.0))


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_measures_of_the_stream_equal_a_float64_reference(variant) -> None:
    stream = trace_forward(tiny_model(variant), INPUT_IDS).residual.double()
    norms = stream.norm(dim=-1)
    step = (stream[1:] - stream[:-1]).norm(dim=-1) / norms[:-1]
    cosine = (stream[1:] * stream[:-1]).sum(-1) / (norms[1:] * norms[:-1])
    final = (stream * stream[-1]).sum(-1) / (norms * norms[-1])
    assert_close(residual_norm(stream.float()).double(), norms, rtol=1e-5, atol=1e-6)
    assert_close(update_size(stream.float())[1:].double(), step, rtol=1e-5, atol=1e-6)
    assert_close(cosine_to_previous(stream.float())[1:].double(), cosine, rtol=1e-5, atol=1e-6)
    assert_close(cosine_to_final(stream.float()).double(), final, rtol=1e-5, atol=1e-6)


def test_a_single_row_has_no_row_before_it() -> None:
    assert cosine_to_previous(STREAM[:1]).isnan().all()
