"""The inputs of measures: what a function is given for each of the needs that its row can name.

``Tensor`` is torch's to type checkers, and anything with a shape and a dtype when the code runs:
jaxtyping checks both in tests, and importing this file imports no torch.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from jaxtyping import Float, Int

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any


@dataclass(frozen=True, eq=False)
class LensReadings:
    """Readings of the logit lens in every cell."""

    top_ids: Int[Tensor, "row token k"]
    """Likeliest first; of equals, the lower id first."""
    top_probs: Float[Tensor, "row token k"]
    entropy: Float[Tensor, "row token"]
    """In bits."""
    kl_to_final: Float[Tensor, "row token"]
    """KL divergence of the final row's distribution from this row's, in bits."""
    next_prob: Float[Tensor, "row token"]
    """Probability of the actual next token; at the last position, of the model's own likeliest."""
    next_rank: Int[Tensor, "row token"]
    """Rank of the same token; 1 is the likeliest, and equals share the better rank."""
    chosen: tuple[int, ...] = ()
    """Token ids that measures ask for."""
    chosen_log_probs: Float[Tensor, "row token chosen"] | None = None
    """Natural logarithm of the probability of each; None where none is chosen."""
    chosen_ranks: Int[Tensor, "row token chosen"] | None = None
    """Rank of each, as above."""

    def log_probs_of(self, token: int) -> Float[Tensor, "row token"]:
        """Natural logarithm of the probability of a chosen token."""
        assert self.chosen_log_probs is not None
        return self.chosen_log_probs[..., self.chosen.index(token)]

    def ranks_of(self, token: int) -> Int[Tensor, "row token"]:
        """Rank of a chosen token."""
        assert self.chosen_ranks is not None
        return self.chosen_ranks[..., self.chosen.index(token)]


@dataclass(frozen=True, eq=False)
class BlockWrite:
    """Vectors that attention or the MLP wrote at some tokens and layers, in float32."""

    written: Float[Tensor, "token hidden"]
    added_to: Float[Tensor, "token hidden"]
    """The stream that they were added to."""

    @cached_property
    def norm(self) -> Float[Tensor, " token"]:
        """The length of every write; several measures are made from it."""
        return self.written.norm(dim=-1)


@dataclass(frozen=True, eq=False)
class Neurons:
    """The numbers that enter the MLP's down projection at some tokens and layers, in float32."""

    values: Float[Tensor, "token neuron"]

    @cached_property
    def sizes(self) -> Float[Tensor, "token neuron"]:
        """Their absolute values."""
        return self.values.abs()


@dataclass(frozen=True, eq=False)
class AttentionWeights:
    """The attention weights of one layer, seen from some tokens: all of a map, or one cell's."""

    given: Float[Tensor, "head token source"]
    """Attention of each of these tokens to every token of the text; each row sums to 1."""
    received: Float[Tensor, "head other token"]
    """Attention of every token of the text to each of these."""
    positions: Int[Tensor, " token"]
    """The places of these tokens in the text."""
    is_causal: bool = True
    """False in an encoder, where tokens attend to later ones too."""

    def at(self, position: int) -> "AttentionWeights":
        """The same for one token."""
        here = slice(position, position + 1)
        columns = self.received[:, :, here]
        return AttentionWeights(self.given[:, here], columns, self.positions[here], self.is_causal)


@dataclass(frozen=True, eq=False)
class ProbedRow:
    """Vectors of one row, each with the weights and the intercept of its probe."""

    vectors: Float[Tensor, "column hidden"]
    weights: Float[Tensor, "column hidden"]
    intercepts: Float[Tensor, " column"]
