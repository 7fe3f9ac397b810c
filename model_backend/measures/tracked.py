"""Measures of chosen tokens: the probability and the rank of one, and how far one is above another.

Read by the logit lens in every cell, whatever really follows there.
"""

from jaxtyping import Float, Int

from model_backend.api.maps.measure_specs import Argument, ArgumentKind, Group, MeasureSpec, Needs
from model_backend.measures.inputs import LensReadings, Tensor
from model_backend.measures.lens import AT_MID
from model_backend.measures.stream import STREAM

TOKEN = Argument("token", ArgumentKind.TOKEN)
OTHER = Argument("other", ArgumentKind.TOKEN)


def token_probability(lens: LensReadings, token: int) -> Float[Tensor, "row token"]:
    """The probability of one token."""
    return lens.log_probs_of(token).exp()


def token_rank(lens: LensReadings, token: int) -> Int[Tensor, "row token"]:
    """The rank of one token; 1 is the likeliest, and equals share the better rank."""
    return lens.ranks_of(token)


def logit_difference(lens: LensReadings, token: int, other: int) -> Float[Tensor, "row token"]:
    """The logit of one token less that of another: the logarithm of how many times as likely."""
    return lens.log_probs_of(token) - lens.log_probs_of(other)


MEASURES = (
    MeasureSpec(
        "token probability",
        Group.LENS,
        Needs.LENS,
        token_probability,
        subtitle="what this layer's reading makes of one chosen token",
        definition=(
            "The probability that the logit lens gives to one chosen token, in every cell, "
            "whatever follows there. Early layers do not write for the output matrix."
        ),
        caution=(
            "A high probability can mean that the token is a candidate for what comes next at "
            "that layer; a low one does not mean that the model does not know of it."
        ),
        unit="probability",
        arguments=(TOKEN,),
        phrase="probability of {token}",
        usual_ends=(0.0, 1.0),
        sites=STREAM,
        absent_at=AT_MID,
    ),
    MeasureSpec(
        "token rank",
        Group.LENS,
        Needs.LENS,
        token_rank,
        subtitle="the place of one chosen token among all tokens",
        definition=(
            "The place of one chosen token among all tokens by the logit lens, 1 being the "
            "likeliest, whatever follows there. Ranks far down differ by hardly any probability."
        ),
        caution=(
            "A rank near 1 can mean that the token is a candidate for what comes next; "
            "differences between high ranks mean little, as hardly any probability lies there."
        ),
        arguments=(TOKEN,),
        phrase="rank of {token}",
        sites=STREAM,
        absent_at=AT_MID,
        number_format="{value:,.0f}",
        is_logarithmic=True,
        low_is_dark=True,
    ),
    MeasureSpec(
        "logit difference",
        Group.LENS,
        Needs.LENS,
        logit_difference,
        subtitle="how far this layer's reading prefers one chosen token to another",
        definition=(
            "The logit of one chosen token less that of another, by the logit lens: above 0 the "
            "first is the likelier. 1 is 2.7 times as likely, 2.3 ten times, 4.6 a hundred times. "
            "It says nothing of whether either is likely."
        ),
        caution=(
            "A difference away from 0 can mean that a layer prefers one of the two; both may be "
            "unlikely there, and early layers do not write for the output matrix."
        ),
        unit="logits",
        arguments=(TOKEN, OTHER),
        phrase="{token} rather than {other}",
        sites=STREAM,
        absent_at=AT_MID,
        midpoint=0.0,
    ),
)
