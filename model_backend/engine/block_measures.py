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

from model_backend.api.measures import Measure
from model_backend.api.sites import Site
from model_backend.engine.attention import attention_entropy, attention_received
from model_backend.engine.hooks import hook_input, hook_output, tap_attention
from model_backend.models.architecture import Architecture

Place = tuple[Measure, Site | None]
"""A measure at a site; the site is None for a measure that has none."""

Numbers = dict[Place, Float[Tensor, "layer token"]]

SIZES = {
    Site.ATTN_OUT: Measure.ATTENTION_OUTPUT,
    Site.RESID_MID: Measure.RESIDUAL_NORM,
    Site.MLP_OUT: Measure.MLP_OUTPUT,
}
COSINES = {
    Site.ATTN_OUT: Measure.WRITE_COSINE,
    Site.RESID_MID: Measure.COSINE_TO_PREVIOUS,
    Site.MLP_OUT: Measure.WRITE_COSINE,
}


class BlockMeasures:
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
        self._rows: dict[Place, list[Float[Tensor, " token"]]] = {}
        """Layer by layer, in the order in which blocks run."""

    def hooks(self) -> Iterator[RemovableHandle]:
        """Hooks on every block; they are the caller's to remove."""
        parts, family = self._architecture, self._architecture.family
        for layer, block in enumerate(parts.blocks):
            attn_out = block.get_submodule(family.attn_out)
            yield hook_output(attn_out, partial(self._see_attn_out, layer))
            if parts.mid_inputs:
                yield hook_input(parts.mid_inputs[layer], self._see_mid)
            mlp_out = block.get_submodule(family.mlp_out)
            yield hook_output(mlp_out, partial(self._see_mlp_out, layer))
            if parts.down_projections:
                yield hook_input(parts.down_projections[layer], self._see_neurons)
            if self._attention:
                module = block.get_submodule(family.attention)
                yield tap_attention(module, self._see_weights)

    @torch.inference_mode()
    def finish(self, residual: Float[Tensor, "row token hidden"]) -> Numbers:
        """The numbers of a pass that has left this stream."""
        numbers = {
            place: torch.stack([row.to(residual.device) for row in rows])
            for place, rows in self._rows.items()
        }
        for site, added_to in self._sizes_added_to(residual, numbers).items():
            own = numbers[SIZES[site], site]
            numbers[COSINES[site], site].div_(own).div_(added_to).clamp_(-1, 1)
        for site in (Site.ATTN_OUT, Site.MLP_OUT):
            numbers[SIZES[site], site].mul_(self._architecture.write_scale)
        return numbers

    @staticmethod
    def _sizes_added_to(
        residual: Float[Tensor, "row token hidden"], numbers: Numbers
    ) -> dict[Site, Float[Tensor, "layer token"]]:
        """The length of what each write was added to, and of the ``resid_mid`` before."""
        read = vector_norm(residual[:-1], dim=-1, dtype=torch.float32)
        mid = numbers.get((Measure.RESIDUAL_NORM, Site.RESID_MID))
        if mid is None:
            return {Site.ATTN_OUT: read, Site.MLP_OUT: read}
        before = torch.cat([torch.full_like(mid[:1], torch.nan), mid[:-1]])
        return {Site.ATTN_OUT: read, Site.RESID_MID: before, Site.MLP_OUT: mid}

    def _see_attn_out(self, layer: int, written: Tensor) -> None:
        self._see(Site.ATTN_OUT, written, self._stream(layer))

    def _see_mlp_out(self, layer: int, written: Tensor) -> None:
        self._see(Site.MLP_OUT, written, self._stream(layer) if self._mid is None else self._mid)

    def _see_mid(self, mid: Tensor) -> None:
        self._see(Site.RESID_MID, mid, mid if self._mid is None else self._mid)
        self._mid = mid

    def _see(self, site: Site, vectors: Tensor, others: Tensor) -> None:
        """Their length, and their product with others, which ``finish`` makes a cosine."""
        exact, beside = vectors.float(), others.to(vectors.device).float()
        self._keep((SIZES[site], site), vector_norm(exact, dim=-1))
        self._keep((COSINES[site], site), vecdot(exact, beside))

    def _see_neurons(self, neurons: Tensor) -> None:
        sizes = neurons.float().abs()
        self._keep((Measure.LARGEST_NEURON, None), sizes.amax(-1))
        self._keep((Measure.ACTIVE_NEURONS, None), active_share(sizes))

    def _see_weights(self, weights: Tensor) -> None:
        received = attention_received(weights, causal=self._architecture.is_causal)
        self._keep((Measure.ATTENTION_ENTROPY, None), attention_entropy(weights))
        self._keep((Measure.ATTENTION_RECEIVED, None), received)

    def _keep(self, place: Place, values: Float[Tensor, " token"]) -> None:
        self._rows.setdefault(place, []).append(values)


def cosine_to(
    stream: Float[Tensor, "token hidden"], vectors: Float[Tensor, "token hidden"]
) -> Float[Tensor, " token"]:
    """The cosine of the angle between vectors and the stream; NaN where either is zero."""
    one, other = stream.float(), vectors.float()
    sizes = vector_norm(one, dim=-1).mul_(vector_norm(other, dim=-1))
    return vecdot(one, other).div_(sizes).clamp_(-1, 1)


def active_share(sizes: Float[Tensor, "token neuron"]) -> Float[Tensor, " token"]:
    """The share of neurons above the root mean square of all at that token; overwrites ``sizes``.

    Where all are equal, none is above it.
    """
    # Rounding must not lift equal values above their own mean.
    limit = vector_norm(sizes, dim=-1, keepdim=True).mul_((1 + 1e-6) / sizes.shape[-1] ** 0.5)
    return sizes.gt_(limit).mean(-1)
