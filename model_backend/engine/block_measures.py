"""Measures of what goes on inside the blocks, taken by hooks while the forward pass runs.

Hooks give writes, neurons and attention weights to the measures that need them and keep only their
numbers.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from model_backend.api.measure_specs import Needs
from model_backend.api.measures import Measure
from model_backend.api.sites import Site
from model_backend.engine.hooks import hook_input, hook_output, tap_attention
from model_backend.measures.inputs import AttentionWeights, BlockWrite, Neurons
from model_backend.models.architecture import Architecture

BATCH_NUMBERS = 2**18
"""Numbers of several layers that are measured in one call; 1 MB in float32, for a core's cache."""

FEWEST_LAYERS = 8
"""Layers in a batch at least; fewer are not worth copying together."""

Place = tuple[Measure, Site | None]
"""A measure at a site; the site is None for a measure without sites."""

Numbers = dict[Place, Float[Tensor, "layer token"]]


class BlockMeasures:
    """Measures the blocks of one forward pass; ``stream`` gives the vectors that blocks read."""

    def __init__(
        self,
        architecture: Architecture,
        stream: Callable[[slice], Float[Tensor, "layer token hidden"]],
        measures: Collection[Measure],
    ) -> None:
        self._architecture = architecture
        self._stream = stream
        self._taken = measures
        self._weight_measures = self._measures(Needs.WEIGHTS)
        n_layers = architecture.n_layers
        self._attn_out, self._mlp_out, self._neurons = (_Batch(n_layers) for _ in range(3))
        self._mid = _Batch(n_layers, overlaps=True)
        self._rows: dict[Place, list[Float[Tensor, "layer token"]]] = {}
        """In the order of the layers."""

    def hooks(self) -> Iterator[RemovableHandle]:
        """Hooks on every block; the caller removes them."""
        parts, family = self._architecture, self._architecture.family
        for layer, block in enumerate(parts.blocks):
            attn_out = block.get_submodule(family.attn_out)
            yield hook_output(attn_out, partial(self._see_attn_out, layer))
            if parts.mid_inputs:
                yield hook_input(parts.mid_inputs[layer], partial(self._see_mid, layer))
            mlp_out = block.get_submodule(family.mlp_out)
            yield hook_output(mlp_out, partial(self._see_mlp_out, layer))
            if parts.down_projections:
                yield hook_input(parts.down_projections[layer], partial(self._see_neurons, layer))
            if self._weight_measures:
                module = block.get_submodule(family.attention)
                yield tap_attention(module, self._see_weights)

    @torch.inference_mode()
    def finish(self, device: torch.device) -> Numbers:
        """The numbers of all layers, on one device."""
        return {place: torch.cat(rows).to(device) for place, rows in self._rows.items()}

    def _measures(self, needs: Needs, site: Site | None = None) -> list[Measure]:
        """The measures of this input, at this site if they have sites."""
        specs = ((measure, measure.spec) for measure in self._taken)
        return [
            measure
            for measure, spec in specs
            if spec.needs is needs and site not in spec.absent_at
            if site is None or site in spec.sites
        ]

    def _see_attn_out(self, layer: int, written: Float[Tensor, "token hidden"]) -> None:
        layers = self._attn_out.add(layer, written)
        if layers is not None:
            self._measure_writes(Site.ATTN_OUT, self._attn_out, self._stream(layers))

    def _see_mlp_out(self, layer: int, written: Float[Tensor, "token hidden"]) -> None:
        layers = self._mlp_out.add(layer, written)
        if layers is not None:
            has_mid = bool(self._architecture.mid_inputs)
            added_to = self._mid.vectors if has_mid else self._stream(layers)
            self._measure_writes(Site.MLP_OUT, self._mlp_out, added_to)

    def _measure_writes(
        self, site: Site, batch: "_Batch", added_to: Float[Tensor, "layer token hidden"]
    ) -> None:
        written, exact = batch.vectors, added_to.to(batch.vectors.device).float()
        if self._architecture.write_scale != 1:
            written = written * self._architecture.write_scale
        write = BlockWrite(written.flatten(0, 1), exact.flatten(0, 1))
        for measure in self._measures(Needs.WRITES, site):
            self._keep(measure, site, measure.compute(write).view(written.shape[:2]))

    def _see_mid(self, layer: int, mid: Float[Tensor, "token hidden"]) -> None:
        if self._mid.add(layer, mid) is None:
            return
        rows, n_layers = self._mid.with_the_one_before, len(self._mid.vectors)
        for measure in self._measures(Needs.STREAM, Site.RESID_MID):
            self._keep(measure, Site.RESID_MID, measure.compute(rows)[-n_layers:])

    def _see_neurons(self, layer: int, neurons: Float[Tensor, "token neuron"]) -> None:
        if self._neurons.add(layer, neurons) is None:
            return
        vectors = self._neurons.vectors
        given = Neurons(vectors.flatten(0, 1))
        for measure in self._measures(Needs.NEURONS):
            self._keep(measure, None, measure.compute(given).view(vectors.shape[:2]))

    def _see_weights(self, weights: Float[Tensor, "head token source"]) -> None:
        seen = all_weights(weights, is_causal=self._architecture.is_causal)
        for measure in self._weight_measures:
            self._keep(measure, None, measure.compute(seen)[None])

    def _keep(
        self, measure: Measure, site: Site | None, values: Float[Tensor, "layer token"]
    ) -> None:
        self._rows.setdefault((measure, site), []).append(values)


class _Batch:
    """One place's vectors in a few layers, in float32.

    A call for every layer of a short text would cost more than what it computes; of a long text,
    copies would cost more than calls, and one layer is held as it is.
    """

    def __init__(self, n_layers: int, *, overlaps: bool = False) -> None:
        self._n_layers = n_layers
        self._overlaps = overlaps
        self._memory: Tensor | None = None
        """Its first row is of the layer before."""
        self.vectors: Float[Tensor, "layer token size"] = torch.empty(0, 0, 0)
        """The layers that are held."""
        self.with_the_one_before = self.vectors
        """The same after the layer before them, if there is one; only of batches that overlap."""

    def add(self, layer: int, vectors: Float[Tensor, "token size"]) -> slice | None:
        """Hold the vectors of one layer; the layers that are held, if it is time to measure."""
        size = self._layers_at_once(vectors.numel())
        if size == 1 and not self._overlaps:
            self.vectors = vectors[None].float()
            return slice(layer, layer + 1)
        if self._memory is None:
            self._memory = vectors.new_empty((size + 1, *vectors.shape), dtype=torch.float32)
        at = layer % size
        if at == 0 and layer > 0:
            self._memory[0].copy_(self._memory[size])
        self._memory[at + 1].copy_(vectors)
        self.vectors = self._memory[1 : at + 2]
        self.with_the_one_before = self._memory[int(layer == at) : at + 2]
        is_full = at == size - 1 or layer == self._n_layers - 1
        return slice(layer - at, layer + 1) if is_full else None

    def _layers_at_once(self, numbers: int) -> int:
        size = min(self._n_layers, BATCH_NUMBERS // numbers)
        return size if size >= min(self._n_layers, FEWEST_LAYERS) else 1


def all_weights(
    weights: Float[Tensor, "head token source"], *, is_causal: bool
) -> AttentionWeights:
    """The attention weights of one layer, seen from all tokens of the text."""
    positions = torch.arange(weights.shape[-1], device=weights.device)
    return AttentionWeights(weights, weights, positions, is_causal)
