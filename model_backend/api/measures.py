"""What can be measured and where in a block: the measures in their groups, and their sites."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from model_backend.api.sites import Site


class Measure(StrEnum):
    """What one cell says; the value is the label that people see."""

    RESIDUAL_NORM = "residual norm"
    UPDATE_SIZE = "update size"
    COSINE_TO_PREVIOUS = "cosine to previous layer"
    COSINE_TO_FINAL = "cosine to final layer"
    ATTENTION_OUTPUT = "attention output"
    MLP_OUTPUT = "MLP output"
    WRITE_COSINE = "cosine of write to stream"
    LENS_CONFIDENCE = "lens confidence"
    LENS_ENTROPY = "lens entropy"
    LENS_KL = "lens KL to final"
    NEXT_TOKEN_PROBABILITY = "next-token probability"
    NEXT_TOKEN_RANK = "next-token rank"
    ATTENTION_ENTROPY = "attention entropy"
    ATTENTION_RECEIVED = "attention received"
    LARGEST_NEURON = "largest neuron"
    ACTIVE_NEURONS = "active neurons"
    PROBE_SCORE = "probe score"


MEASURE_GROUPS: Mapping[str, tuple[Measure, ...]] = MappingProxyType(
    {
        "Residual stream": (
            Measure.RESIDUAL_NORM,
            Measure.UPDATE_SIZE,
            Measure.COSINE_TO_PREVIOUS,
            Measure.COSINE_TO_FINAL,
        ),
        "Writes": (Measure.ATTENTION_OUTPUT, Measure.MLP_OUTPUT, Measure.WRITE_COSINE),
        "Logit lens": (
            Measure.LENS_CONFIDENCE,
            Measure.LENS_ENTROPY,
            Measure.LENS_KL,
            Measure.NEXT_TOKEN_PROBABILITY,
            Measure.NEXT_TOKEN_RANK,
        ),
        "Attention": (Measure.ATTENTION_ENTROPY, Measure.ATTENTION_RECEIVED),
        "Neurons": (Measure.LARGEST_NEURON, Measure.ACTIVE_NEURONS),
        "Probe": (Measure.PROBE_SCORE,),
    }
)
"""Every measure once, as people are offered them."""

LENS_MEASURES = frozenset(MEASURE_GROUPS["Logit lens"])
"""What needs a causal unembedding."""

ON_REQUEST = frozenset(MEASURE_GROUPS["Attention"])
"""What is measured only when a request says ``attention``."""

NEURON_MEASURES = frozenset(MEASURE_GROUPS["Neurons"])
"""What needs an MLP with one down projection for all tokens."""

NOT_INSPECTED = frozenset(MEASURE_GROUPS["Probe"])
"""What no inspection has: it takes the probes of a study too."""

_STREAM = (Site.RESID_POST, Site.RESID_PRE, Site.RESID_MID)

SITES: Mapping[Measure, tuple[Site, ...]] = MappingProxyType(
    {
        Measure.RESIDUAL_NORM: _STREAM,
        Measure.UPDATE_SIZE: (Site.RESID_POST,),
        Measure.COSINE_TO_PREVIOUS: _STREAM,
        Measure.COSINE_TO_FINAL: _STREAM,
        Measure.ATTENTION_OUTPUT: (Site.ATTN_OUT,),
        Measure.MLP_OUTPUT: (Site.MLP_OUT,),
        Measure.WRITE_COSINE: (Site.ATTN_OUT, Site.MLP_OUT),
        **dict.fromkeys(MEASURE_GROUPS["Logit lens"], _STREAM),
        **dict.fromkeys((*MEASURE_GROUPS["Attention"], *MEASURE_GROUPS["Neurons"]), ()),
        Measure.PROBE_SCORE: (Site.RESID_POST, Site.ATTN_OUT, Site.MLP_OUT),
    }
)
"""Where each measure can be taken, the usual site first; none where there is nothing to choose."""
