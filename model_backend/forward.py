"""One forward pass over a text, and the residual stream that it leaves behind."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from model_backend.architecture import Architecture, BlockLaw, locate
from model_backend.errors import BadRequest, UnsoundActivations
from model_backend.grid import layer_labels
from model_backend.sites import Site


@dataclass(frozen=True, eq=False)
class Trace:
    """What a forward pass leaves: row 0 is the embedding, row *i* the stream after block *i*."""

    residual: Float[Tensor, "row token hidden"]
    inside: Mapping[Site, Float[Tensor, "layer token hidden"]] = field(default_factory=dict)
    """The sites inside the blocks that were asked for."""

    def at(self, site: Site) -> Float[Tensor, "layer token hidden"]:
        """The vectors at one site of every block, the first block first."""
        if site is Site.RESID_PRE:
            return self.residual[:-1]
        return self.residual[1:] if site is Site.RESID_POST else self.inside[site]


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
    _check_sites(architecture, inside)
    weight: Any = architecture.embeddings.weight
    recorder = _Recorder(architecture, inside)
    with torch.inference_mode(), recorder.listening():
        architecture.trunk(input_ids=input_ids[None].to(weight.device), use_cache=False)
    residual = recorder.kept.pop(Site.RESID_POST)
    _check_finite(residual)
    return Trace(residual, recorder.kept)


class _Recorder:
    """Copies what passes a site into memory set aside, so that no activation is held twice."""

    def __init__(self, architecture: Architecture, inside: Collection[Site]) -> None:
        self._architecture = architecture
        self._inside = inside
        self._hooks: list[RemovableHandle] = []
        self.kept: dict[Site, Tensor] = {}
        """By site; under ``RESID_POST`` every row, that of the embedding too."""

    @contextmanager
    def listening(self) -> Iterator[None]:
        try:
            self._hook_all()
            yield
        finally:
            for hook in self._hooks:
                hook.remove()

    def _hook_all(self) -> None:
        blocks, family = self._architecture.blocks, self._architecture.family
        self._on_input(blocks[0], Site.RESID_POST, 0)
        for layer, block in enumerate(blocks):
            self._on_output(block, Site.RESID_POST, layer + 1)
            if Site.ATTN_OUT in self._inside:
                self._on_output(block.get_submodule(family.attn_out), Site.ATTN_OUT, layer)
            if Site.RESID_MID in self._inside:
                self._on_input(block.get_submodule(family.resid_mid), Site.RESID_MID, layer)
            if Site.MLP_OUT in self._inside:
                self._on_output(block.get_submodule(family.mlp_out), Site.MLP_OUT, layer)

    def _on_input(self, module: nn.Module, site: Site, index: int) -> None:
        def keep(_: nn.Module, args: tuple, kwargs: dict) -> None:
            self._keep(site, index, args[0] if args else kwargs["hidden_states"])

        self._hooks.append(module.register_forward_pre_hook(keep, with_kwargs=True))

    def _on_output(self, module: nn.Module, site: Site, index: int) -> None:
        def keep(_: nn.Module, args: tuple, output: Tensor | tuple) -> None:
            self._keep(site, index, output[0] if isinstance(output, tuple) else output)

        self._hooks.append(module.register_forward_hook(keep))

    def _keep(self, site: Site, index: int, vectors: Tensor) -> None:
        vectors = vectors.reshape(-1, vectors.shape[-1])
        if site not in self.kept:
            n_rows = self._architecture.n_layers + (site is Site.RESID_POST)
            # A row that nothing fills stays NaN, and is refused.
            self.kept[site] = vectors.new_full((n_rows, *vectors.shape), torch.nan)
        self.kept[site][index].copy_(vectors)
        if site in (Site.ATTN_OUT, Site.MLP_OUT) and self._architecture.write_scale != 1:
            self.kept[site][index].mul_(self._architecture.write_scale)


def _check_sites(architecture: Architecture, inside: Collection[Site]) -> None:
    if Site.RESID_MID in inside and architecture.law is not BlockLaw.SEQUENTIAL:
        raise BadRequest(
            f"The blocks of {architecture.name!r} have no {Site.RESID_MID}: {architecture.law}."
        )


def _check_finite(residual: Float[Tensor, "row token hidden"]) -> None:
    if torch.isfinite(residual).all():
        return
    for row, label in zip(residual, layer_labels(len(residual) - 1), strict=True):
        if not torch.isfinite(row).all():
            raise UnsoundActivations(
                f"The activations are not finite from layer {label!r} on, in {residual.dtype}. "
                "Load the model in a wider dtype, such as float32 or bfloat16."
            )
