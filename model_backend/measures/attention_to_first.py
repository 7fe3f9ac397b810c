"""Attention to the first token: how much a token rests on the usual attention sink."""

from jaxtyping import Float

from model_backend.api.maps.measure_specs import Group, MeasureSpec, Needs
from model_backend.measures.inputs import AttentionWeights, Tensor


def attention_to_first(weights: AttentionWeights) -> Float[Tensor, " token"]:
    """The mean over heads of the weight that each token gives to position 0.

    NaN at position 0 itself, which in a causal model can attend to nothing else.
    """
    shares = weights.given[..., 0].float().mean(0)
    return shares.masked_fill(weights.positions == 0, float("nan"))


MEASURES = (
    MeasureSpec(
        "attention to the first token",
        Group.ATTENTION,
        Needs.WEIGHTS,
        attention_to_first,
        subtitle="the share of a token's attention that goes to the first token",
        definition=(
            "The share of this token's attention that goes to the first token of the text, between "
            "0 and 1: the mean over heads. It is missing at the first token itself. Many heads "
            "attend to the first token when there is nothing to fetch, whatever that token is; a "
            "high share does not mean that the token matters."
        ),
        caution=(
            "A high share can mean that heads rest on the first token as on a sink, and take "
            "little from the others; it does not mean that they read it, for the vectors that are "
            "fetched from a sink are often short. Tokens near the start see few others, so their "
            "shares are high by arithmetic."
        ),
    ),
)
