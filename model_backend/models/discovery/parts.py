"""The parts of one model: the result of discovery, which everything that runs models reads."""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from torch import Tensor, nn

from model_backend.api.models.laws import LawResult


class BlockKind(StrEnum):
    """Formula of a block: how attention and MLP outputs are added to the residual stream."""

    SEQUENTIAL = "resid_mid = resid_pre + attn_out; resid_post = resid_mid + mlp_out"
    PARALLEL = "resid_post = resid_pre + attn_out + mlp_out; there is no resid_mid"
    POST_NORM = "resid_mid = norm(resid_pre + attn_out); resid_post = norm(resid_mid + mlp_out)"
    SINGLE = "resid_post = resid_pre + one write; there is no resid_mid"
    UNKNOWN = "what a block writes could not be found; there is no resid_mid"


class Lack(StrEnum):
    """Something that a model may lack, in whole or in some layers."""

    LENS = "lens"
    WRITES = "writes"
    MLP_WRITES = "MLP writes"
    ATTENTION = "attention"
    NEURONS = "neurons"


Modules = tuple[nn.Module | None, ...]
"""One module for each block; None in blocks without it. Empty if no block has it."""


@dataclass(frozen=True)
class Family:
    """Paths of the parts within a block, as in the first block that has them."""

    attention: str = ""
    """The module that returns attention weights."""
    attn_out: str = ""
    mlp_out: str = ""
    """The modules whose outputs are added to the stream: attention and MLP, or norms after them."""
    blocks_return_tuples: bool = False
    """True if a block returns a tuple whose first item is the stream."""
    norm_subtracts_mean: bool = False
    """True if the final norm is a layer norm; an RMS norm leaves the mean."""
    is_encoder: bool = False
    """True if every token attends to every other and no next token is predicted."""


@dataclass(frozen=True, eq=False)
class Architecture:
    """The parts of one model."""

    name: str
    family: Family
    block_kind: BlockKind
    body: nn.Module
    """Module that runs embedding and blocks, without the unembedding where that is possible."""
    blocks: tuple[nn.Module, ...]
    embeddings: nn.Module
    final_norm: nn.Module | None
    project_out: nn.Module | None
    """Modules between the final norm and the unembedding."""
    unembedding: Any
    """A module; None in an encoder."""
    n_logits: int = 0
    """Numbers that the unembedding gives for a token."""
    attn_outs: Modules = ()
    """The module of each block whose output attention, or its like, adds to the stream."""
    mlp_outs: Modules = ()
    attentions: Modules = ()
    """The module of each block that returns attention weights."""
    mid_inputs: Modules = ()
    """The module of each block whose input is ``resid_mid``; empty for parallel blocks."""
    down_projections: Modules = ()
    """The module of each block whose inputs are the neurons."""
    tuple_lengths: tuple[int, ...] = ()
    """Number of items that each block returns; 0 if it returns the stream alone."""
    weights_item: int = 1
    """Index of the attention weights in what an attention module returns."""
    sink_share: float = 0.0
    """Mean share of attention that no token gets, because a sink in the softmax takes it."""
    write_scale: float = 1.0
    soft_cap: float | None = None
    logit_scale: float = 1.0
    logit_divisor: float = 1.0
    reads_writes: bool = True
    """True if a write can be read through final norm and unembedding by itself."""
    laws: tuple[LawResult, ...] = ()
    lacks: Mapping[Lack, str] = field(default_factory=dict)
    """Reason for each part that the model lacks, or lacks in some layers, in a sentence."""

    @property
    def n_layers(self) -> int:
        """Number of blocks; the residual stream has one row more."""
        return len(self.blocks)

    @property
    def has_attention_weights(self) -> bool:
        """True if a block gives the attention weights that the model uses."""
        return any(self.attentions)

    @property
    def weight(self) -> Tensor:
        """The embedding matrix; its device and dtype are those of the model."""
        weight: Any = self.embeddings.weight
        return weight

    @property
    def is_causal(self) -> bool:
        """True if a token attends only to itself and earlier tokens."""
        return not self.family.is_encoder

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments for a call of ``body`` besides the tokens."""
        return call_options(self.body)

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens with a logit: rows of the unembedding matrix, padding included.

        For a model without a lens, the rows of the embedding matrix.
        """
        if self.unembedding is None:
            return len(self.weight)
        return self.n_logits


def in_block(modules: Modules, index: int) -> nn.Module | None:
    """The module of one block; None if it has none."""
    return modules[index] if modules else None


def call_options(module: nn.Module) -> dict[str, Any]:
    """Keyword arguments that keep a call from making a cache, if the module could make one."""
    names = inspect.signature(module.forward).parameters
    return {name: False for name in ("use_cache", "use_mems") if name in names}
