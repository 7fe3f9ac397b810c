"""One forward pass over a text, and the residual stream that it leaves behind."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from model_backend.api.errors import BadRequest, TextTooLong, UnsoundActivations
from model_backend.api.maps.grid import layer_labels
from model_backend.api.maps.measures import Measure
from model_backend.api.maps.sites import Site
from model_backend.engine.attention import eager_attention, too_large
from model_backend.engine.block_measures import BlockMeasures, Place
from model_backend.engine.hooks import hook_input, hook_output
from model_backend.engine.unavailable import why_no_resid_mid, why_no_writes
from model_backend.models.architecture import Architecture, locate
from model_backend.sharing.progress import stepper


@dataclass(frozen=True, eq=False)
class Trace:
    """Result of a forward pass: row 0 is the embedding, row *i* the stream after block *i*."""

    residual: Float[Tensor, "row token hidden"]
    inside: Mapping[Site, Float[Tensor, "layer token hidden"]] = field(default_factory=dict)
    """The sites inside the blocks that were asked for."""
    numbers: Mapping[Place, Float[Tensor, "layer token"]] = field(default_factory=dict)
    """Measures taken inside the blocks during the pass."""

    def at(self, site: Site) -> Float[Tensor, "layer token hidden"]:
        """The vectors at one site of every block, the first block first."""
        if site is Site.RESID_PRE:
            return self.residual[:-1]
        return self.residual[1:] if site is Site.RESID_POST else self.inside[site]

    @property
    def nbytes(self) -> int:
        """The memory that it takes."""
        kept = (self.residual, *self.inside.values(), *self.numbers.values())
        return sum(tensor.nbytes for tensor in kept)


def trace_forward(
    model: nn.Module, input_ids: Int[Tensor, " token"], *, inside: Collection[Site] = ()
) -> Trace:
    """Run the model once over the tokens and keep the residual stream, in the model's own dtype.

    The last row is what leaves the last block. Hugging Face's ``hidden_states[-1]`` is not: it has
    already passed the final norm. The unembedding is not run; ``inside`` names sites to keep too.

    Raises:
        UnknownArchitecture: the model's family is not known.
        BadRequest: the model's blocks have no such site.
        UnsoundActivations: some activation is not finite.
    """
    architecture = locate(model)
    recorder = _Recorder(architecture, inside)
    _run(architecture, input_ids, recorder, recorder.hooks())
    return Trace(recorder.residual, recorder.kept)


def trace_with_measures(
    model: nn.Module,
    input_ids: Int[Tensor, " token"],
    *,
    attention: bool = False,
    measures: Collection[Measure] = (),
) -> Trace:
    """The same, with the blocks measured as they run; ``measures`` are taken besides the usual.

    With ``attention``, those blocks that can are made to give their attention weights too.

    Raises:
        UnknownArchitecture: the model's family is not known.
        TextTooLong: there is no memory for the attention weights.
        UnsoundActivations: some activation is not finite.
    """
    architecture = locate(model)
    attention = attention and architecture.has_attention_weights
    recorder = _Recorder(architecture, ())
    taken = [m for m in (*Measure, *measures) if attention or not m.spec.on_request]
    gauges = BlockMeasures(architecture, recorder.rows, taken)
    hooks = chain(recorder.hooks(), gauges.hooks())
    config: Any = architecture.body.config
    if attention and (reason := too_large(config, len(input_ids), architecture.weight)):
        raise TextTooLong(reason)
    with eager_attention(config) if attention else nullcontext():
        _run(architecture, input_ids, recorder, hooks)
    return Trace(recorder.residual, numbers=gauges.finish(recorder.residual.device))


def run_base_model(
    architecture: Architecture, input_ids: Int[Tensor, " token"], hooks: Iterable[RemovableHandle]
) -> None:
    """One forward pass without the unembedding, listened to by hooks that are gone after it."""
    inputs = input_ids[None].to(architecture.weight.device)
    with ExitStack() as stack, torch.inference_mode():
        for hook in hooks:
            stack.callback(hook.remove)
        architecture.body(input_ids=inputs, **architecture.options)


def _run(
    architecture: Architecture,
    input_ids: Int[Tensor, " token"],
    recorder: "_Recorder",
    hooks: Iterable[RemovableHandle],
) -> None:
    run_base_model(architecture, input_ids, chain(hooks, _count_blocks(architecture)))
    _check_finite(recorder.residual)


def _count_blocks(architecture: Architecture) -> Iterator[RemovableHandle]:
    """Report after each block how far the pass is; it stops there once nobody waits for it."""
    step = stepper()
    for layer, block in enumerate(architecture.blocks):
        share = (layer + 1) / architecture.n_layers
        yield hook_output(block, lambda _, share=share: step(share))  # type: ignore[misc]


class _Recorder:
    """Copies what passes a site into memory set aside, so that no activation is held twice."""

    def __init__(self, architecture: Architecture, inside: Collection[Site]) -> None:
        _check_sites(architecture, inside)
        self._architecture = architecture
        self._inside = inside
        self._kept: dict[Site, Tensor] = {}
        """By site; under ``RESID_POST`` every row, that of the embedding too."""

    @property
    def residual(self) -> Float[Tensor, "row token hidden"]:
        return self._kept[Site.RESID_POST]

    @property
    def kept(self) -> dict[Site, Tensor]:
        return {site: kept for site, kept in self._kept.items() if site is not Site.RESID_POST}

    def rows(self, rows: slice) -> Float[Tensor, "row token hidden"]:
        """Rows of the residual stream that have been passed."""
        return self.residual[rows]

    def hooks(self) -> Iterator[RemovableHandle]:
        parts = self._architecture
        yield hook_input(parts.blocks[0], partial(self._keep, Site.RESID_POST, 0))
        inside = {Site.ATTN_OUT: parts.attn_outs, Site.MLP_OUT: parts.mlp_outs}
        for layer, block in enumerate(parts.blocks):
            yield hook_output(block, partial(self._keep, Site.RESID_POST, layer + 1))
            for site in inside.keys() & self._inside:
                if (module := inside[site][layer]) is not None:
                    yield hook_output(module, partial(self._keep, site, layer))
            if Site.RESID_MID in self._inside and (mid := parts.mid_inputs[layer]) is not None:
                yield hook_input(mid, partial(self._keep, Site.RESID_MID, layer))

    def _keep(self, site: Site, index: int, vectors: Float[Tensor, "token hidden"]) -> None:
        if site not in self._kept:
            n_rows = self._architecture.n_layers + (site is Site.RESID_POST)
            # A row that nothing fills stays NaN, and is refused.
            self._kept[site] = vectors.new_full((n_rows, *vectors.shape), torch.nan)
        self._kept[site][index].copy_(vectors)
        if site in (Site.ATTN_OUT, Site.MLP_OUT) and self._architecture.write_scale != 1:
            self._kept[site][index].mul_(self._architecture.write_scale)


def _check_sites(architecture: Architecture, inside: Collection[Site]) -> None:
    if Site.RESID_MID in inside and not architecture.mid_inputs:
        raise BadRequest(why_no_resid_mid(architecture.name, architecture.block_kind))
    writes = {Site.ATTN_OUT: architecture.attn_outs, Site.MLP_OUT: architecture.mlp_outs}
    for site in writes.keys() & set(inside):
        if not writes[site]:
            raise BadRequest(why_no_writes(architecture.lacks, site))


def _check_finite(residual: Float[Tensor, "row token hidden"]) -> None:
    # Whatever is not finite makes the sum so; looking at every number takes 30 times as long.
    if torch.isfinite(residual.sum(dtype=torch.float32)) or torch.isfinite(residual).all():
        return
    for row, label in zip(residual, layer_labels(len(residual) - 1), strict=True):
        if not torch.isfinite(row).all():
            raise UnsoundActivations(
                f"The activations are not finite from layer {label!r} on, in {residual.dtype}. "
                "Load the model in a wider dtype, such as float32 or bfloat16."
            )
