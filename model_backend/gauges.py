"""What goes on inside the blocks, as one number per token, taken while the forward pass runs.

Writes, neurons and attention weights are seen once, by a hook, and are gone after it: what is kept
are the numbers that a map is drawn from.
"""

from collections.abc import Callable, Iterator
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor
from torch.linalg import vecdot, vector_norm
from torch.utils.hooks import RemovableHandle

from model_backend.architecture import Architecture
from model_backend.attention import attention_entropy, attention_received
from model_backend.choices import Measure
from model_backend.sites import Site
from model_backend.taps import tap_attention, tap_input, tap_output

Place = tuple[Measure, Site | None]
"""A measure at a site; the site is None for a measure that has none."""

SIZES = {
    Site.ATTN_OUT: Measure.ATTENTION_OUTPUT,
    Site.RESID_MID: Measure.RESIDUAL_NORM,
    Site.MLP_OUT: Measure.MLP_OUTPUT,
}


class Gauges:
    """Reads the blocks of one forward pass; ``stream`` gives what a block has read."""

    def __init__(
        self,
        architecture: Architecture,
        stream: Callable[[int], Float[Tensor, "token hidden"]],
        *,
        attention: bool = False,
    ) -> None:
        self._architecture = architecture
        self._stream = stream
        self._attention = attention
        self._mid: Tensor | None = None
        """The last ``resid_mid`` there was."""
        self.numbers: dict[Place, Float[Tensor, "layer token"]] = {}

    def hooks(self) -> Iterator[RemovableHandle]:
        """Hooks on every block; they are the caller's to remove."""
        parts, family = self._architecture, self._architecture.family
        for layer, block in enumerate(parts.blocks):
            attn_out = block.get_submodule(family.attn_out)
            yield tap_output(attn_out, partial(self._see_attn_out, layer))
            if parts.mid_inputs:
                yield tap_input(parts.mid_inputs[layer], partial(self._see_mid, layer))
            mlp_out = block.get_submodule(family.mlp_out)
            yield tap_output(mlp_out, partial(self._see_mlp_out, layer))
            if parts.down_projections:
                yield tap_input(parts.down_projections[layer], partial(self._see_neurons, layer))
            if self._attention:
                module = block.get_submodule(family.attention)
                yield tap_attention(module, partial(self._see_weights, layer))

    def _see_attn_out(self, layer: int, written: Tensor) -> None:
        self._see_write(Site.ATTN_OUT, layer, written, self._stream(layer))

    def _see_mlp_out(self, layer: int, written: Tensor) -> None:
        added_to = self._stream(layer) if self._mid is None else self._mid
        self._see_write(Site.MLP_OUT, layer, written, added_to)

    def _see_write(self, site: Site, layer: int, written: Tensor, added_to: Tensor) -> None:
        size = vector_norm(written, dim=-1, dtype=torch.float32)
        cosine = cosine_to(added_to, written)
        self._keep((SIZES[site], site), layer, size * self._architecture.write_scale)
        self._keep((Measure.WRITE_COSINE, site), layer, cosine)

    def _see_mid(self, layer: int, mid: Tensor) -> None:
        size = vector_norm(mid, dim=-1, dtype=torch.float32)
        self._keep((Measure.RESIDUAL_NORM, Site.RESID_MID), layer, size)
        if layer > 0 and self._mid is not None:
            cosine = cosine_to(self._mid, mid)
            self._keep((Measure.COSINE_TO_PREVIOUS, Site.RESID_MID), layer, cosine)
        self._mid = mid

    def _see_neurons(self, layer: int, neurons: Tensor) -> None:
        sizes = neurons.float().abs()
        self._keep((Measure.LARGEST_NEURON, None), layer, sizes.amax(-1))
        self._keep((Measure.ACTIVE_NEURONS, None), layer, active_share(sizes))

    def _see_weights(self, layer: int, weights: Tensor) -> None:
        received = attention_received(weights, causal=self._architecture.is_causal)
        self._keep((Measure.ATTENTION_ENTROPY, None), layer, attention_entropy(weights))
        self._keep((Measure.ATTENTION_RECEIVED, None), layer, received)

    def _keep(self, place: Place, layer: int, values: Float[Tensor, " token"]) -> None:
        if place not in self.numbers:
            shape = (self._architecture.n_layers, len(values))
            self.numbers[place] = values.new_full(shape, torch.nan)
        self.numbers[place][layer] = values


def cosine_to(
    stream: Float[Tensor, "token hidden"], vectors: Float[Tensor, "token hidden"]
) -> Float[Tensor, " token"]:
    """The cosine of the angle between vectors and the stream; NaN where either is zero."""
    one, other = stream.to(vectors.device).float(), vectors.float()
    sizes = vector_norm(one, dim=-1).mul_(vector_norm(other, dim=-1))
    return vecdot(one, other).div_(sizes).clamp_(-1, 1)


def active_share(sizes: Float[Tensor, "token neuron"]) -> Float[Tensor, " token"]:
    """The share of neurons above the root mean square of all at that token; overwrites ``sizes``.

    Where all are equal, none is above it.
    """
    limit = vector_norm(sizes, dim=-1, keepdim=True).div_(sizes.shape[-1] ** 0.5)
    # Rounding must not lift equal values above their own mean.
    return sizes.gt_(limit.mul_(1 + 1e-6)).mean(-1)
