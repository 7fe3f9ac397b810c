"""Where in a block a vector can be taken; imports no torch, so that requests can name it."""

from enum import StrEnum


class Site(StrEnum):
    """Where in a block, in TransformerLens's words."""

    RESID_PRE = "resid_pre"
    ATTN_OUT = "attn_out"
    RESID_MID = "resid_mid"
    MLP_OUT = "mlp_out"
    RESID_POST = "resid_post"
