"""Writes of attention and the MLP of one block at one position, and the tokens they promote.

A write is passed through the final norm and the unembedding by itself, with the norm's scale held
at that of the stream the block leaves. What the block read and what it wrote then add up to the
logit lens of that row: this is direct logit attribution, as in Elhage et al. (2021),
https://transformer-circuits.pub/2021/framework.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from model_backend.api.cell_detail import TokenShift, Write
from model_backend.api.maps.sites import Site
from model_backend.engine.replay import Replay
from model_backend.engine.tokens import lone_texts
from model_backend.measures.inputs import BlockWrite
from model_backend.measures.writes import write_cosine, write_norm
from model_backend.models.architecture import locate
from model_backend.models.loaded import LoadedModel
from model_backend.models.unembed import Unembed

MOST_SHIFTS = 6
"""Number of tokens named on either side."""

ENLARGED = 100.0
"""Root mean square beside which the eps of any norm is nothing, even in half precision."""

Vector = Float[Tensor, " hidden"]


def list_writes(replay: Replay, loaded: LoadedModel) -> tuple[Write, ...]:
    """The writes of a block: their sizes and, where there is a lens, the tokens they move."""
    mlp_added_to = replay.resid_pre if replay.resid_mid is None else replay.resid_mid
    writes = (
        (Site.ATTN_OUT, replay.attn_out, replay.resid_pre),
        (Site.MLP_OUT, replay.mlp_out, mlp_added_to),
    )
    return tuple(
        _judge(site, written, added_to, replay.resid_post, loaded)
        for site, written, added_to in writes
        if written is not None
    )


def moves_tokens(loaded: LoadedModel) -> bool:
    """True if a write reaches the output unchanged, so that it can be read by itself."""
    return loaded.unembed is not None and locate(loaded.model).reads_writes


@torch.inference_mode()
def direct_logits(
    written: Vector, stream: Vector, unembed: Unembed, *, centred: bool
) -> Float[Tensor, " vocabulary"]:
    """Contribution of a write to each logit, with the norm's scale of ``stream``.

    ``centred`` says whether the norm takes the mean off, as a layer norm does. A soft cap, which
    bends all logits together, is left out.
    """
    if unembed.final_norm is not None:
        written = _normalise(written, stream, unembed.final_norm, centred)
    vectors = torch.stack([written, torch.zeros_like(written)])
    if unembed.project_out is not None:
        vectors = unembed.project_out(vectors)
    with_write, without = unembed.unembedding(vectors).float()
    return (with_write - without) * unembed.logit_scale / unembed.logit_divisor


def _normalise(
    written: Vector, stream: Vector, final_norm: Callable[[Tensor], Tensor], centred: bool
) -> Vector:
    """Multiply a write by the norm's weight and by the factor the norm has for ``stream``.

    The norm divides by ``sqrt(mean square + eps)``. Enlarged vectors make eps vanish, so that the
    factor can be read off the norm itself, whatever its eps is.
    """
    sizes = [_root_mean_square(vector, centred) for vector in (written, stream)]
    if sizes[0] == 0:
        return torch.zeros_like(written)
    enlarged = [
        vector * (ENLARGED / size) for vector, size in zip((written, stream), sizes, strict=True)
    ]
    vectors = torch.stack([*enlarged, stream, torch.zeros_like(stream)]).to(stream.dtype)
    write_freely, stream_freely, as_it_is, bias = final_norm(vectors).float()
    by_eps = (as_it_is - bias).norm() / (stream_freely - bias).norm()
    return ((write_freely - bias) * by_eps * sizes[0] / sizes[1]).to(stream.dtype)


def _root_mean_square(vector: Vector, centred: bool) -> Float[Tensor, ""]:
    exact = vector.float()
    return (exact - exact.mean() if centred else exact).square().mean().sqrt()


def _judge(
    site: Site, written: Vector, added_to: Vector, stream: Vector, loaded: LoadedModel
) -> Write:
    write = BlockWrite(written[None].float(), added_to[None].float())
    size, cosine = float(write_norm(write)), float(write_cosine(write))
    if size == 0 or not moves_tokens(loaded):
        return Write(site, size, cosine)
    centred = locate(loaded.model).family.norm_subtracts_mean
    logits = direct_logits(written, stream, loaded.unembed, centred=centred)
    logits -= logits.mean()
    up, down = logits.topk(MOST_SHIFTS).indices, (-logits).topk(MOST_SHIFTS).indices
    return Write(site, size, cosine, _name(up, logits, loaded), _name(down, logits, loaded))


def _name(
    token_ids: Int[Tensor, " shift"], logits: Float[Tensor, " vocabulary"], loaded: LoadedModel
) -> tuple[TokenShift, ...]:
    ids = token_ids.tolist()
    with loaded.tokenizing:
        texts = lone_texts(loaded.tokenizer, ids)
    return tuple(TokenShift(*shift) for shift in zip(ids, texts, logits[ids].tolist(), strict=True))
