"""Measures of what goes on inside the blocks, taken by hooks while the forward pass runs.

Hooks give writes, neurons and attention weights to the measures that need them and keep only their
numbers.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from model_backend.api.maps.measure_specs import Needs
from model_backend.api.maps.measures import Measure
from model_backend.api.maps.sites import Site
from model_backend.engine.hooks import hook_input, hook_output, tap_attention
from model_backend.measures.inputs import AttentionWeights, BlockWrite, Neurons
from model_backend.models.architecture import Architecture
from model_backend.models.discovery.parts import Modules, in_block

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
        parts = architecture
        alone = _present(parts.mid_inputs) not in ([], _present(parts.mlp_outs))
        self._attn_out = _Batch(_present(parts.attn_outs))
        self._mlp_out = _Batch(_present(parts.mlp_outs), alone=alone)
        self._mid = _Batch(_present(parts.mid_inputs), overlaps=True, alone=alone)
        self._neurons = _Batch(_present(parts.down_projections), alone=_differ(parts))
        self._rows: dict[Place, list[tuple[list[int], Float[Tensor, "_ token"]]]] = {}
        """Values with their layers."""

    def hooks(self) -> Iterator[RemovableHandle]:
        """Register the hooks, one at each step, and yield them; the caller removes them."""
        parts = self._architecture
        for layer in range(parts.n_layers):
            if (attn_out := in_block(parts.attn_outs, layer)) is not None:
                yield hook_output(attn_out, partial(self._see_attn_out, layer))
            if (mid := in_block(parts.mid_inputs, layer)) is not None:
                yield hook_input(mid, partial(self._see_mid, layer))
            if (mlp_out := in_block(parts.mlp_outs, layer)) is not None:
                yield hook_output(mlp_out, partial(self._see_mlp_out, layer))
            if (down := in_block(parts.down_projections, layer)) is not None:
                yield hook_input(down, partial(self._see_neurons, layer))
            attention = in_block(parts.attentions, layer) if self._weight_measures else None
            if attention is not None:
                see = partial(self._see_weights, layer)
                yield tap_attention(attention, see, parts.weights_item)

    @torch.inference_mode()
    def finish(self, device: torch.device) -> Numbers:
        """The numbers of all layers, on one device; NaN where a layer has no such thing."""
        return {place: self._join(rows).to(device) for place, rows in self._rows.items()}

    def _join(
        self, rows: list[tuple[list[int], Float[Tensor, "_ token"]]]
    ) -> Float[Tensor, "layer token"]:
        n_layers, values = self._architecture.n_layers, torch.cat([values for _, values in rows])
        layers = [layer for held, _ in rows for layer in held]
        if layers == list(range(n_layers)):
            return values
        every = values.new_full((n_layers, values.shape[1]), torch.nan, dtype=torch.float32)
        every[layers] = values.float()
        return every

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
            self._measure_writes(Site.ATTN_OUT, self._attn_out, layers, self._read(layers))

    def _see_mlp_out(self, layer: int, written: Float[Tensor, "token hidden"]) -> None:
        layers = self._mlp_out.add(layer, written)
        if layers is not None:
            has_mid = in_block(self._architecture.mid_inputs, layer) is not None
            added_to = self._mid.vectors if has_mid else self._read(layers)
            self._measure_writes(Site.MLP_OUT, self._mlp_out, layers, added_to)

    def _read(self, layers: list[int]) -> Float[Tensor, "layer token hidden"]:
        """The stream that enters some blocks."""
        if layers == list(range(layers[0], layers[-1] + 1)):
            return self._stream(slice(layers[0], layers[-1] + 1))
        return torch.cat([self._stream(slice(layer, layer + 1)) for layer in layers])

    def _measure_writes(
        self,
        site: Site,
        batch: "_Batch",
        layers: list[int],
        added_to: Float[Tensor, "layer token hidden"],
    ) -> None:
        written, exact = batch.vectors, added_to.to(batch.vectors.device).float()
        if self._architecture.write_scale != 1:
            written = written * self._architecture.write_scale
        write = BlockWrite(written.flatten(0, 1), exact.flatten(0, 1))
        for measure in self._measures(Needs.WRITES, site):
            self._keep(measure, site, layers, measure.compute(write).view(written.shape[:2]))

    def _see_mid(self, layer: int, mid: Float[Tensor, "token hidden"]) -> None:
        layers = self._mid.add(layer, mid)
        if layers is None:
            return
        rows, n_layers = self._mid.with_the_one_before, len(self._mid.vectors)
        for measure in self._measures(Needs.STREAM, Site.RESID_MID):
            self._keep(measure, Site.RESID_MID, layers, measure.compute(rows)[-n_layers:])

    def _see_neurons(self, layer: int, neurons: Float[Tensor, "token neuron"]) -> None:
        layers = self._neurons.add(layer, neurons)
        if layers is None:
            return
        vectors = self._neurons.vectors
        given = Neurons(vectors.flatten(0, 1))
        for measure in self._measures(Needs.NEURONS):
            self._keep(measure, None, layers, measure.compute(given).view(vectors.shape[:2]))

    def _see_weights(self, layer: int, weights: Float[Tensor, "head token source"]) -> None:
        seen = all_weights(weights, is_causal=self._architecture.is_causal)
        for measure in self._weight_measures:
            self._keep(measure, None, [layer], measure.compute(seen)[None])

    def _keep(
        self,
        measure: Measure,
        site: Site | None,
        layers: list[int],
        values: Float[Tensor, "layer token"],
    ) -> None:
        self._rows.setdefault((measure, site), []).append((layers, values))


class _Batch:
    """One place's vectors in a few layers, in float32.

    A call for every layer of a short text would cost more than what it computes; of a long text,
    copies would cost more than calls, and one layer is held as it is.
    """

    def __init__(self, layers: list[int], *, overlaps: bool = False, alone: bool = False) -> None:
        self._layers = layers
        """The layers that have this place."""
        self._order = {layer: number for number, layer in enumerate(layers)}
        self._overlaps = overlaps
        self._alone = alone
        """True if layers are measured one by one, because they differ."""
        self._memory: Tensor | None = None
        """Its first row is of the layer before."""
        self.vectors: Float[Tensor, "layer token size"] = torch.empty(0, 0, 0)
        """The layers that are held."""
        self.with_the_one_before = self.vectors
        """The same after the layer before them, if there is one; only of batches that overlap."""

    def add(self, layer: int, vectors: Float[Tensor, "token size"]) -> list[int] | None:
        """Hold the vectors of one layer; the layers that are held, if it is time to measure."""
        size = 1 if self._alone else self._layers_at_once(vectors.numel())
        if size == 1 and not self._overlaps:
            self.vectors = vectors[None].float()
            return [layer]
        if self._memory is None:
            self._memory = vectors.new_empty((size + 1, *vectors.shape), dtype=torch.float32)
        number = self._order[layer]
        at = number % size
        if at == 0 and number > 0:
            self._memory[0].copy_(self._memory[size])
        self._memory[at + 1].copy_(vectors)
        self.vectors = self._memory[1 : at + 2]
        self.with_the_one_before = self._memory[int(number == at) : at + 2]
        is_full = at == size - 1 or number == len(self._layers) - 1
        return self._layers[number - at : number + 1] if is_full else None

    def _layers_at_once(self, numbers: int) -> int:
        n_layers = len(self._layers)
        size = min(n_layers, BATCH_NUMBERS // numbers)
        return size if size >= min(n_layers, FEWEST_LAYERS) else 1


def _present(modules: Modules) -> list[int]:
    """Layers that have a module."""
    return [layer for layer, module in enumerate(modules) if module is not None]


def _differ(parts: Architecture) -> bool:
    """True if some layers have more neurons than others."""
    matrices: list[Any] = [down.weight for down in parts.down_projections if down is not None]
    return len({tuple(matrix.shape) for matrix in matrices}) > 1


def all_weights(
    weights: Float[Tensor, "head token source"], *, is_causal: bool
) -> AttentionWeights:
    """The attention weights of one layer, seen from all tokens of the text."""
    positions = torch.arange(weights.shape[-1], device=weights.device)
    return AttentionWeights(weights, weights, positions, is_causal)
