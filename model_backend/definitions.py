"""What each measure is, and what it cannot mean, in words for the page."""

from collections.abc import Mapping
from types import MappingProxyType

from model_backend.interface import Measure

DEFINITIONS: Mapping[Measure, str] = MappingProxyType(
    {
        Measure.RESIDUAL_NORM: (
            "The length (L2 norm) of the residual stream after this layer. It grows with depth "
            "in most models and is largest at attention sinks; a large norm does not mean an "
            "important token."
        ),
        Measure.UPDATE_SIZE: (
            "How far this layer moved the stream: the length of its change, as a share of the "
            "length it found. A large step need not change what the model predicts."
        ),
        Measure.COSINE_TO_PREVIOUS: (
            "The cosine of the angle between the stream after this layer and after the layer "
            "before. Values near 1 are usual, as layers add to the stream; a few large "
            "dimensions can set it alone."
        ),
        Measure.COSINE_TO_FINAL: (
            "The cosine of the angle between the stream here and after the last layer, at the "
            "same token. It compares directions in the stream, not predictions."
        ),
        Measure.LENS_CONFIDENCE: (
            "The largest next-token probability when this layer is read as if it were the last "
            "(logit lens). Early layers do not write for the output matrix, so a confident "
            "early reading may be of no meaning; and confident is not right."
        ),
        Measure.LENS_ENTROPY: (
            "How undecided the logit lens is about the next token, in bits: 0 is certain, and "
            "the logarithm of the vocabulary's size is no idea. Read from early layers it says "
            "little of what the model has yet worked out."
        ),
        Measure.LENS_KL: (
            "How many bits the logit lens at this layer is away from the model's own prediction"
            " (KL divergence of the final distribution from this one). 0 means that later "
            "layers change nothing in the prediction, not that they do nothing."
        ),
        Measure.NEXT_TOKEN_PROBABILITY: (
            "The probability that the logit lens gives to the token that really follows; at the"
            " last token, to the model's own first choice. A low value may mean a surprising "
            "text, not a model in error."
        ),
        Measure.NEXT_TOKEN_RANK: (
            "The place of the token that really follows among all tokens by the logit lens, 1 "
            "being the likeliest; at the last token, of the model's own first choice. Ranks far"
            " down differ by hardly any probability."
        ),
    }
)

UNITS: Mapping[Measure, str] = MappingProxyType(
    {
        Measure.LENS_CONFIDENCE: "probability",
        Measure.LENS_ENTROPY: "bits",
        Measure.LENS_KL: "bits",
        Measure.NEXT_TOKEN_PROBABILITY: "probability",
    }
)
"""The unit of a measure; a measure that is not here is a plain number."""
