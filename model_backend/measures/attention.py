"""Measures of attention weights; they are taken only when a request asks for attention.

Heads are reduced one by one, so that the weights of a layer are never held twice.
"""

import math

from jaxtyping import Float

from model_backend.api.maps.measure_specs import Group, MeasureSpec, Needs
from model_backend.measures.inputs import AttentionWeights, Tensor


def attention_entropy(weights: AttentionWeights) -> Float[Tensor, " token"]:
    """The mean over heads of the entropy of each token's attention, in bits.

    Looking at *n* tokens alike is log2 *n*; looking at one alone is 0.
    """
    import torch

    entropies = [torch.special.entr(head.float()).sum(-1) for head in weights.given]
    return torch.stack(entropies).mean(0) / math.log(2)


def attention_received(weights: AttentionWeights) -> Float[Tensor, " token"]:
    """The attention that each token gets from those that come later, as a mean over them and heads.

    What a token gives itself does not count. In an encoder all other tokens count, earlier ones
    too. NaN where there is no such token.
    """
    import torch

    here = weights.positions
    columns = torch.arange(len(here), device=here.device)
    given = torch.stack(
        [head.float().sum(0) - head[here, columns].float() for head in weights.received]
    )
    others = torch.full_like(given[0], weights.received.shape[1] - 1)
    if weights.is_causal:
        others -= here
    return given.mean(0) / others.masked_fill(others == 0, torch.nan)


MEASURES = (
    MeasureSpec(
        "attention entropy",
        Group.ATTENTION,
        Needs.WEIGHTS,
        attention_entropy,
        subtitle="how widely a token attends",
        definition=(
            "How widely this token's attention is spread over the tokens it can see, in bits: the "
            "mean over heads of each head's entropy. 0 is one token alone, and the logarithm of "
            "their number is all of them alike; early tokens see few, so it starts low. Spread "
            "attention need not carry much, for weights are not what is moved."
        ),
        caution=(
            "Low entropy can mean that heads look at one or a few tokens; early tokens have few "
            "to look at, so their low values are arithmetic. Attention that is sharp need not move "
            "anything that matters, for what is moved depends on the values and not the weights."
        ),
        unit="bits",
    ),
    MeasureSpec(
        "attention received",
        Group.ATTENTION,
        Needs.WEIGHTS,
        attention_received,
        subtitle="how much others attend to a token",
        definition=(
            "The share of their attention that later tokens give to this one, between 0 and 1: the "
            "mean over heads and over all later tokens. It is highest at attention sinks, which "
            "tokens attend to when there is nothing to fetch; it does not mean importance. Where "
            "layers have a sliding window, tokens too far away to see this one count too, with no "
            "attention, so that it falls with the length of the text."
        ),
        caution=(
            "A token that receives much can be one that many others read from, or a sink that "
            "they rest on; the last tokens have few others after them, so that their means are "
            "taken over few."
        ),
        is_over_later=True,
    ),
)
