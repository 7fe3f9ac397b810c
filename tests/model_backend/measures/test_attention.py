"""Measures of attention weights have their worked values."""

import math

import torch
from torch.testing import assert_close

from model_backend.engine.block_measures import all_weights
from model_backend.measures.attention import attention_entropy, attention_received
from model_backend.measures.inputs import AttentionWeights


def seen(weights: torch.Tensor, *, is_causal: bool = True) -> AttentionWeights:
    return all_weights(weights, is_causal=is_causal)


def uniform(n_tokens: int) -> torch.Tensor:
    may_see = torch.ones(n_tokens, n_tokens).tril()
    return (may_see / may_see.sum(1, keepdim=True)).expand(3, -1, -1)


def test_attention_to_n_tokens_alike_has_an_entropy_of_log2_n() -> None:
    expected = torch.tensor([math.log2(n) for n in range(1, 6)])
    assert_close(attention_entropy(seen(uniform(5))), expected)


def test_attention_to_one_token_has_no_entropy() -> None:
    assert_close(attention_entropy(seen(torch.eye(4)[None])), torch.zeros(4))


def test_the_entropy_is_the_mean_over_heads() -> None:
    heads = torch.tensor([[[1.0, 0.0], [1.0, 0.0]], [[0.5, 0.5], [0.5, 0.5]]])
    assert_close(attention_entropy(seen(heads)), torch.tensor([0.5, 0.5]))


def test_what_the_first_token_receives_from_tokens_that_look_at_all_alike() -> None:
    received = attention_received(seen(uniform(4)))
    assert_close(received[0], torch.tensor((1 / 2 + 1 / 3 + 1 / 4) / 3))
    assert_close(received[2], torch.tensor(1 / 4))


def test_a_token_that_all_look_at_receives_everything_and_the_others_nothing() -> None:
    first = torch.zeros(2, 4, 4)
    first[..., 0] = 1
    assert_close(attention_received(seen(first))[:3], torch.tensor([1.0, 0.0, 0.0]))


def test_what_a_token_gives_itself_is_not_received() -> None:
    assert_close(attention_received(seen(torch.eye(3)[None]))[:2], torch.zeros(2))


def test_after_the_last_token_there_is_none_to_receive_from() -> None:
    received = attention_received(seen(uniform(3)))
    assert received[-1].isnan() and received[:-1].isfinite().all()


def test_in_an_encoder_earlier_tokens_count_too() -> None:
    weights = torch.full((1, 4, 4), 0.25)
    assert_close(attention_received(seen(weights, is_causal=False)), torch.full((4,), 0.25))
