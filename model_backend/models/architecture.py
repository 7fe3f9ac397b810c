"""The parts of a loaded model, found once and kept with it."""

import threading
from typing import Any

from torch import nn

from model_backend.api.errors import UnknownArchitecture
from model_backend.models.discovery.parts import Architecture, BlockKind
from model_backend.models.discovery.proving import discover
from model_backend.models.families import refuse_variants

__all__ = ["Architecture", "BlockKind", "locate"]

_KEPT = "_layerscope_parts"
"""Attribute of a model under which its parts are kept, so that they are freed with it."""

_finding = threading.RLock()


def locate(model: nn.Module) -> Architecture:
    """The parts of a language model; the first call runs it over a few tokens and checks the laws.

    Raises:
        UnknownArchitecture: its parts cannot be found, or a law says that they are not what they
            seem; the text says which and by how much.
        UnsoundActivations: some activation is not finite.
    """
    kept: Any = model.__dict__.get(_KEPT)
    if kept is None:
        with _finding:
            kept = model.__dict__.get(_KEPT) or _find(model)
            model.__dict__[_KEPT] = kept
    found: Architecture = kept
    return found


def _find(model: Any) -> Architecture:
    if not hasattr(model, "get_input_embeddings") or not hasattr(model, "config"):
        raise UnknownArchitecture(f"{type(model).__name__} is no language model of transformers.")
    refuse_variants(model.config)
    return discover(model)
