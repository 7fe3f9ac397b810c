"""Captures the activations of named positions in forward passes over prompt and answer.

Activations are stored as float16. Rows with values beyond the range of float16 are divided by a
power of two, which is stored as their scale.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from model_backend.api.errors import BadRequest, UnsoundActivations
from model_backend.api.maps.sites import Site
from model_backend.engine.hooks import hook_input, hook_output
from model_backend.models.architecture import Architecture, locate
from model_backend.probing.studies.answers.asking import MISSING
from model_backend.probing.studies.answers.turns import in_this_thread

LARGEST = 32_768.0
"""Half the range of float16, so that rounding never overflows."""


@dataclass(frozen=True, eq=False)
class Features:
    """Activations of some examples at one site, as they are stored."""

    values: Float[np.ndarray, "row position example hidden"]
    """float16 values, to be multiplied by ``scale``; row 0 is the embedding at every site."""
    scale: Float[np.ndarray, " row"]


@dataclass(frozen=True, eq=False)
class CapturedActivations:
    """Activations from one forward pass over some examples."""

    features: dict[Site, Features]
    final: Float[Tensor, "example token hidden"]
    """Last row of the residual stream at every token, from which baselines get probabilities."""


def capture_activations(
    model: nn.Module,
    token_ids: Sequence[Sequence[int]],
    indices: Int[np.ndarray, "example position"],
    sites: Sequence[Site],
) -> CapturedActivations:
    """Run the model once over some examples and keep the activations of their named positions.

    Shorter examples are padded on the right, which changes no kept activation, because the models
    are causal.

    Args:
        indices: token index of each named position; -1 where missing, which gives zeros.

    Raises:
        UnsoundActivations: an activation at a named position is not finite.
    """
    architecture = locate(model)
    _check_sites(architecture, sites)
    longest = max(map(len, token_ids))
    ids = torch.tensor([[*row, *[row[-1]] * (longest - len(row))] for row in token_ids])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in token_ids])
    keeper = _Recorder(architecture, indices, longest, sites)
    device = architecture.weight.device
    hooks = list(keeper.hooks())
    try:
        with torch.inference_mode():
            architecture.body(
                input_ids=ids.to(device), attention_mask=mask.to(device), **architecture.options
            )
    finally:
        for hook in hooks:
            hook.remove()
    features = {site: _to_float16(kept, indices) for site, kept in keeper.kept.items()}
    return CapturedActivations(features, keeper.final.reshape(len(token_ids), longest, -1))


def _check_sites(architecture: Architecture, sites: Sequence[Site]) -> None:
    """Refuse a site that some layers lack, because every cell of a study needs a probe."""
    inside = {Site.ATTN_OUT: architecture.attn_outs, Site.MLP_OUT: architecture.mlp_outs}
    for site in sites:
        modules = inside.get(site, architecture.blocks)
        if not modules or None in modules:
            raise BadRequest(
                f"Not every layer of this model has a write at {site}. Choose {Site.RESID_POST}."
            )


class _Recorder:
    """Hooks that copy the activations of named positions at each site."""

    def __init__(
        self,
        architecture: Architecture,
        indices: Int[np.ndarray, "example position"],
        length: int,
        sites: Sequence[Site],
    ) -> None:
        self._architecture = architecture
        self._sites = sites
        places = np.maximum(indices, 0) + length * np.arange(len(indices))[:, None]
        self._places = torch.from_numpy(places.T.copy()).to(architecture.weight.device)
        self.kept: dict[Site, list[Any]] = {
            site: [None] * (architecture.n_layers + 1) for site in sites
        }
        self.final: Any = None

    def hooks(self) -> Iterator[Any]:
        """Attach the hooks; each yielded handle removes one."""
        parts, blocks = self._architecture, self._architecture.blocks
        yield hook_input(blocks[0], in_this_thread(self._keep_embedding))
        yield hook_output(blocks[-1], in_this_thread(self._keep_final))
        inside = {Site.ATTN_OUT: parts.attn_outs, Site.MLP_OUT: parts.mlp_outs}
        for site in self._sites:
            for row, module in enumerate(inside.get(site, blocks), start=1):
                if module is None:
                    raise BadRequest(
                        f"Layer {row} of this model writes nothing at {site} that can be told "
                        "apart. Study resid_post, which every layer has."
                    )
                yield hook_output(module, in_this_thread(partial(self._keep, site, row)))

    def _keep_embedding(self, vectors: Tensor) -> None:
        for site in self._sites:
            self._keep(site, 0, vectors)

    def _keep_final(self, vectors: Tensor) -> None:
        self.final = vectors

    def _keep(self, site: Site, row: int, vectors: Tensor) -> None:
        kept = vectors[self._places].float()
        writes = row > 0 and site in (Site.ATTN_OUT, Site.MLP_OUT)
        self.kept[site][row] = kept * self._architecture.write_scale if writes else kept


def _to_float16(rows: list[Tensor], indices: Int[np.ndarray, "example position"]) -> Features:
    values = torch.stack(rows).cpu().numpy()
    values[:, indices.T == MISSING] = 0
    largest = np.abs(values).max(axis=(1, 2, 3), initial=0)
    if not np.isfinite(largest).all():
        raise UnsoundActivations(
            f"The activations are not finite from row {int(np.isfinite(largest).argmin())} on. "
            "Load the model in a wider dtype, such as float32 or bfloat16."
        )
    scale = np.exp2(np.maximum(0, np.ceil(np.log2(np.maximum(largest, 1e-30) / LARGEST))))
    return Features((values / scale[:, None, None, None]).astype(np.float16), scale)
