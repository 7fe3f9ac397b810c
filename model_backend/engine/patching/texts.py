"""A text as the model runs it without a patch: its rows, its writes, and its prediction."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from model_backend.api.errors import BadRequest
from model_backend.api.maps.sites import Site
from model_backend.api.patching import PatchSite
from model_backend.engine.forward import run_base_model, trace_forward
from model_backend.engine.hooks import hook_input
from model_backend.models.architecture import Architecture
from model_backend.models.unembed import Unembed

NOISE = 3.0
"""Standard deviations of the embeddings: Meng et al. (2022), https://arxiv.org/abs/2202.05262."""


@dataclass(frozen=True, eq=False)
class Run:
    """One pass over one text."""

    ids: tuple[int, ...]
    residual: Float[Tensor, "row token hidden"]
    written: Float[Tensor, "layer token width"] | None
    """Output of the site's module in every block, or its input for heads; None for rows."""
    logits: Float[Tensor, " vocabulary"]
    """Prediction after the last token."""


def run_text(
    parts: Architecture, unembed: Unembed, model: nn.Module, ids: Sequence[int], site: PatchSite
) -> Run:
    """Run a text and keep what its cells are at a site."""
    inside = {PatchSite.ATTN_OUT: Site.ATTN_OUT, PatchSite.MLP_OUT: Site.MLP_OUT}.get(site)
    tokens = torch.tensor(ids)
    trace = trace_forward(model, tokens, inside=(inside,) if inside else ())
    written = trace.inside[inside] / parts.write_scale if inside else None
    if site is PatchSite.HEADS:
        written = _head_inputs(parts, tokens)
    return Run(tuple(ids), trace.residual, written, read_last(unembed, trace.residual[-1, -1:])[0])


def read_last(
    unembed: Unembed, states: Float[Tensor, "cell hidden"]
) -> Float[Tensor, "cell vocabulary"]:
    """Logits of some last positions, in float32."""
    return unembed(states).float()


def site_modules(parts: Architecture, site: PatchSite) -> list[nn.Module]:
    """The module of every block whose output, or for heads whose input, is a site.

    Raises:
        BadRequest: some blocks have no such module.
    """
    modules = {PatchSite.ATTN_OUT: parts.attn_outs, PatchSite.MLP_OUT: parts.mlp_outs}
    there = [module for module in modules.get(site, parts.attentions) if module is not None]
    if len(there) < parts.n_layers:
        raise BadRequest(
            f"Not every layer of this model has its own {site}. Choose another site to patch."
        )
    if site is PatchSite.HEADS:
        return [output_projection(parts, block) for block in parts.blocks]
    return there


def output_projection(parts: Architecture, block: nn.Module) -> nn.Module:
    """The matrix of an attention that reads what all heads found, side by side.

    Raises:
        BadRequest: it cannot be told from the other matrices.
    """
    attention: Any = parts.attentions[parts.blocks.index(block)]
    names = ("o_proj", "out_proj", "c_proj", "dense", "out_lin")
    for name in names:
        found = getattr(attention, name, None)
        if isinstance(found, nn.Module) and getattr(found, "weight", None) is not None:
            return found
    raise BadRequest(
        f"The heads of {parts.name!r} cannot be told apart here. Choose attn_out in their place."
    )


def count_heads(parts: Architecture) -> int:
    """Attention heads of a block."""
    config: Any = parts.body.config
    return int(config.get_text_config().num_attention_heads)


@contextmanager
def noised_embeddings(parts: Architecture, noise: Float[Tensor, "token hidden"]) -> Iterator[None]:
    """Add noise to what the embedding gives for each token of a text."""

    def add(_: nn.Module, __: Any, output: Tensor) -> Tensor:
        return output + noise.to(output)

    hook = parts.embeddings.register_forward_hook(add)
    try:
        yield
    finally:
        hook.remove()


def draw_noise(
    parts: Architecture, ids: Sequence[int], noised: Sequence[int], seed: int
) -> Float[Tensor, "token hidden"]:
    """Gaussian noise for some tokens, zero for the others."""
    with torch.inference_mode():
        plain: Tensor = parts.embeddings(torch.tensor(ids).to(parts.weight.device)).float()
        rows = parts.weight[list(ids)].float()
        # Some families scale what the matrix holds.
        scale = plain.norm() / rows.norm()
        size = NOISE * parts.weight.float().std() * scale
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn((len(ids), plain.shape[-1]), generator=generator) * size.cpu()
    kept = torch.zeros((len(ids), 1))
    kept[list(noised)] = 1
    return noise * kept


def _head_inputs(parts: Architecture, tokens: Tensor) -> Float[Tensor, "layer token width"]:
    found: list[Tensor] = []
    modules = site_modules(parts, PatchSite.HEADS)
    take: Callable[[Tensor], None] = lambda vectors: found.append(vectors.clone())  # noqa: E731
    run_base_model(parts, tokens, (hook_input(module, take) for module in modules))
    if len({one.shape for one in found}) != 1 or found[0].shape[-1] % count_heads(parts):
        raise BadRequest(
            f"The heads of {parts.name!r} cannot be told apart here. Choose attn_out instead."
        )
    return torch.stack(found)
