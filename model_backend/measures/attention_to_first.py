"""Attention to the first token: how much of each token's attention rests on position 0."""

from jaxtyping import Float

from model_backend.api.measure_specs import Group, MeasureSpec, Needs
from model_backend.measures.inputs import AttentionWeights, Tensor


def attention_to_first(weights: AttentionWeights) -> Float[Tensor, " token"]:
    """Share of each token's attention on position 0, as a mean over heads; NaN at position 0.

    Attention spread evenly over the *n* tokens up to this one gives 1/*n*. The measure shows how
    much a model uses its first token as an attention sink (Xiao et al. 2023,
    https://arxiv.org/abs/2309.17453).
    """
    share = weights.given[..., 0].float().mean(0)
    return share.masked_fill(weights.positions == 0, float("nan"))


MEASURES = (
    MeasureSpec(
        "attention to the first token",
        Group.ATTENTION,
        Needs.WEIGHTS,
        attention_to_first,
        subtitle="share of attention that rests on position 0",
        definition=(
            "The share of this token's attention that goes to position 0, between 0 and 1: the "
            "mean over heads. Many models rest attention there when a head has nothing to fetch "
            "(an attention sink). Early tokens see few others, so their share is high; the first "
            "token itself has no value."
        ),
        caution=(
            "A high share can mean that heads have nothing to fetch and rest on the first token; "
            "early tokens have few others to look at, so their high values are arithmetic. It "
            "does not mean that the first token matters, for a sink's values are often near zero."
        ),
    ),
)
