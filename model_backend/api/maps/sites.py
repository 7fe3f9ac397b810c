"""Sites in a block; imports no torch, so that requests can name them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Site(StrEnum):
    """Place in a block, in TransformerLens's words."""

    RESID_PRE = "resid_pre"
    ATTN_OUT = "attn_out"
    RESID_MID = "resid_mid"
    MLP_OUT = "mlp_out"
    RESID_POST = "resid_post"


SITE_DEFINITIONS: Mapping[Site, str] = MappingProxyType(
    {
        Site.RESID_PRE: "The stream as the layer finds it, which the layer before has left.",
        Site.ATTN_OUT: "What attention adds to the stream.",
        Site.RESID_MID: "The stream between attention and MLP.",
        Site.MLP_OUT: "What the MLP adds to the stream.",
        Site.RESID_POST: "The stream as the layer leaves it.",
    }
)

PROBE_SITES = (Site.RESID_POST, Site.ATTN_OUT, Site.MLP_OUT)
"""The sites that a study can probe, the usual one first."""
