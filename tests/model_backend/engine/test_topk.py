import hypothesis.strategies as st
import pytest
import torch
from hypothesis import given, settings

from model_backend.engine.topk import top_k


def stable(logits, k):
    values, ids = torch.sort(logits, dim=-1, descending=True, stable=True)
    return values[..., :k], ids[..., :k]


@pytest.mark.parametrize("size", [1, 4, 97, 128, 8192, 50257])
@pytest.mark.parametrize("step", [0.0, 1.0])
def test_the_largest_are_those_of_a_stable_sort(size, step) -> None:
    logits = torch.randn(2, 3, size, generator=torch.Generator().manual_seed(size)) * 3
    logits = logits.round() if step else logits
    for found, expected in zip(top_k(logits, 5), stable(logits, 5), strict=True):
        assert torch.equal(found, expected)


@settings(deadline=None)
@given(
    st.lists(st.sampled_from([-2.0, -0.0, 0.0, 1e-40, 3.0, -1e30, 1e30]), min_size=1, max_size=300),
    st.integers(1, 12),
)
def test_ties_zeros_and_extremes_are_in_order(values, k) -> None:
    logits = torch.tensor(values)
    for found, expected in zip(top_k(logits, k), stable(logits, k), strict=True):
        assert torch.equal(found, expected)
