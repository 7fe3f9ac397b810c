"""Measures of the logit lens: the next token, read as if each layer were the last."""

from jaxtyping import Float, Int

from model_backend.api.maps.measure_specs import Group, MeasureSpec, Needs
from model_backend.api.maps.sites import Site
from model_backend.measures.inputs import LensReadings, Tensor
from model_backend.measures.stream import STREAM

AT_MID = {
    Site.RESID_MID: (
        "Reading resid_mid through the output matrix for every cell would double the cost of a "
        "map. An opened cell says what attention and the MLP each changed."
    )
}


def lens_confidence(lens: LensReadings) -> Float[Tensor, "row token"]:
    """The largest next-token probability."""
    return lens.top_probs[..., 0]


def lens_entropy(lens: LensReadings) -> Float[Tensor, "row token"]:
    """The entropy of the next-token distribution, in bits."""
    return lens.entropy


def lens_kl(lens: LensReadings) -> Float[Tensor, "row token"]:
    """The KL divergence of the final distribution from this one, in bits."""
    return lens.kl_to_final


def next_token_probability(lens: LensReadings) -> Float[Tensor, "row token"]:
    """The probability of the token that really follows."""
    return lens.next_prob


def next_token_rank(lens: LensReadings) -> Int[Tensor, "row token"]:
    """The rank of the token that really follows."""
    return lens.next_rank


MEASURES = (
    MeasureSpec(
        "lens confidence",
        Group.LENS,
        Needs.LENS,
        lens_confidence,
        subtitle="how sure this layer's reading is of its first choice",
        definition=(
            "The largest next-token probability when this layer is read as if it were the last "
            "(logit lens). Early layers do not write for the output matrix, so a confident "
            "early reading may be of no meaning; and confident is not right."
        ),
        caution=(
            "High confidence can mean that a layer already singles out a next token; it does not "
            "mean that the token is right, nor, in early layers, that the model reads it so."
        ),
        unit="probability",
        usual_ends=(0.0, 1.0),
        sites=STREAM,
        absent_at=AT_MID,
    ),
    MeasureSpec(
        "lens entropy",
        Group.LENS,
        Needs.LENS,
        lens_entropy,
        subtitle="how undecided this layer's reading is",
        definition=(
            "How undecided the logit lens is about the next token, in bits: 0 is certain, and "
            "the logarithm of the vocabulary's size is no idea. Read from early layers it says "
            "little of what the model has yet worked out."
        ),
        caution=(
            "Low entropy can mean that few next tokens are left at a layer; it does not mean that "
            "the right one is among them, nor, in early layers, that the model reads it so."
        ),
        unit="bits",
        sites=STREAM,
        absent_at=AT_MID,
    ),
    MeasureSpec(
        "lens KL to final",
        Group.LENS,
        Needs.LENS,
        lens_kl,
        name="LENS_KL",
        subtitle="how far this layer's reading is from the model's own prediction",
        definition=(
            "How many bits the logit lens at this layer is away from the model's own prediction"
            " (KL divergence of the final distribution from this one). 0 means that later "
            "layers change nothing in the prediction, not that they do nothing."
        ),
        caution=(
            "A fall to zero can mean that the prediction is settled from there on; it does not "
            "mean that later layers are idle, nor that the prediction is right."
        ),
        unit="bits",
        sites=STREAM,
        absent_at=AT_MID,
    ),
    MeasureSpec(
        "next-token probability",
        Group.LENS,
        Needs.LENS,
        next_token_probability,
        subtitle="what this layer's reading makes of the token that really follows",
        definition=(
            "The probability that the logit lens gives to the token that really follows; at the"
            " last token, to the model's own first choice. A low value may mean a surprising "
            "text, not a model in error."
        ),
        caution=(
            "A high probability can mean that the next token is foreseen at a layer; a low one "
            "does not mean that the model errs, for the text itself may be surprising."
        ),
        unit="probability",
        usual_ends=(0.0, 1.0),
        sites=STREAM,
        absent_at=AT_MID,
    ),
    MeasureSpec(
        "next-token rank",
        Group.LENS,
        Needs.LENS,
        next_token_rank,
        subtitle="the place of the token that really follows among all tokens",
        definition=(
            "The place of the token that really follows among all tokens by the logit lens, 1 "
            "being the likeliest; at the last token, of the model's own first choice. Ranks far"
            " down differ by hardly any probability."
        ),
        caution=(
            "A rank near 1 can mean that the next token is foreseen at a layer; differences "
            "between high ranks mean little, as hardly any probability lies there."
        ),
        sites=STREAM,
        absent_at=AT_MID,
        number_format="{value:,.0f}",
        is_logarithmic=True,
        low_is_dark=True,
    ),
)
