"""Builds the logit lens of a model: final norm and unembedding, applied to any row."""

from torch import nn

from model_backend.api.errors import UnknownArchitecture
from model_backend.models.architecture import locate
from model_backend.models.discovery.parts import Lack
from model_backend.models.discovery.unembed import Unembed, unembed_of

__all__ = ["Unembed", "make_unembed"]


def make_unembed(model: nn.Module) -> Unembed:
    """Build the logit lens of a model.

    Raises:
        UnknownArchitecture: the model is an encoder, or its logits are not what its last row gives.
    """
    parts = locate(model)
    if parts.family.is_encoder:
        raise UnknownArchitecture(f"An encoder such as {parts.name!r} has no logit lens.")
    if parts.unembedding is None:
        raise UnknownArchitecture(parts.lacks[Lack.LENS])
    return unembed_of(parts)
