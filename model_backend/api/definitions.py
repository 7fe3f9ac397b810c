"""What each measure is, and what it cannot mean, in words for the page."""

from collections.abc import Mapping
from types import MappingProxyType

from model_backend.api.measures import Measure
from model_backend.api.sites import Site

DEFINITIONS: Mapping[Measure, str] = MappingProxyType(
    {
        Measure.RESIDUAL_NORM: (
            "The length (L2 norm) of the residual stream. It grows with depth in most models and "
            "is largest at attention sinks; a large norm does not mean an important token."
        ),
        Measure.UPDATE_SIZE: (
            "How far this layer moved the stream: the length of its change, as a share of the "
            "length it found. A large step need not change what the model predicts."
        ),
        Measure.COSINE_TO_PREVIOUS: (
            "The cosine of the angle between the stream at this layer and at the same site of the "
            "layer before. Values near 1 are usual, as layers add to the stream; a few large "
            "dimensions can set it alone."
        ),
        Measure.COSINE_TO_FINAL: (
            "The cosine of the angle between the stream here and after the last layer, at the "
            "same token. It compares directions in the stream, not predictions."
        ),
        Measure.ATTENTION_OUTPUT: (
            "The length (L2 norm) of what this layer's attention adds to the stream. Read it "
            "beside the length of the stream: the same write counts for less in a long one."
        ),
        Measure.MLP_OUTPUT: (
            "The length (L2 norm) of what this layer's MLP adds to the stream. Read it beside the "
            "length of the stream: the same write counts for less in a long one."
        ),
        Measure.WRITE_COSINE: (
            "The cosine of the angle between what attention or the MLP adds and the stream it is "
            "added to. Above 0 it lengthens what is there, below 0 it takes some of it back, near "
            "0 it adds a direction of its own; it does not say what the directions stand for."
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
        Measure.ATTENTION_ENTROPY: (
            "How widely this token's attention is spread over the tokens it can see, in bits: the "
            "mean over heads of each head's entropy. 0 is one token alone, and the logarithm of "
            "their number is all of them alike; early tokens see few, so it starts low. Spread "
            "attention need not carry much, for weights are not what is moved."
        ),
        Measure.ATTENTION_RECEIVED: (
            "The share of their attention that later tokens give to this one, between 0 and 1: the "
            "mean over heads and over all later tokens. It is highest at attention sinks, which "
            "tokens attend to when there is nothing to fetch; it does not mean importance."
        ),
        Measure.LARGEST_NEURON: (
            "The largest absolute value among the MLP's neurons, which are the numbers that enter "
            "its down projection. What a neuron does depends on its output weights too, so a "
            "large value need not write much."
        ),
        Measure.ACTIVE_NEURONS: (
            "The share of the MLP's neurons whose absolute value is above the root mean square of "
            "all of them at this token. About 0.32 if values are spread like a bell curve, less "
            "if a few carry all; it is relative, and says nothing of how large they are."
        ),
        Measure.PROBE_SCORE: (
            "P(correct): how likely a linear probe of a study calls an answer right, from what "
            "is in this cell. Each layer has a probe of its own. It was fitted on answers to one "
            "data set's questions, at one position: anywhere else its score is an extrapolation."
        ),
    }
)

SITE_DEFINITIONS: Mapping[Site, str] = MappingProxyType(
    {
        Site.RESID_PRE: "The stream as the layer finds it, which the layer before has left.",
        Site.ATTN_OUT: "What attention adds to the stream.",
        Site.RESID_MID: "The stream between attention and MLP.",
        Site.MLP_OUT: "What the MLP adds to the stream.",
        Site.RESID_POST: "The stream as the layer leaves it.",
    }
)

UNITS: Mapping[Measure, str] = MappingProxyType(
    {
        Measure.LENS_CONFIDENCE: "probability",
        Measure.LENS_ENTROPY: "bits",
        Measure.LENS_KL: "bits",
        Measure.NEXT_TOKEN_PROBABILITY: "probability",
        Measure.ATTENTION_ENTROPY: "bits",
        Measure.PROBE_SCORE: "P(correct)",
    }
)
"""The unit of a measure; a measure that is not here is a plain number."""
