"""The logit lens: every row of the residual stream read as if it were the last.

The work is done block by block, a block being some rows at some positions, and each block of logits
is reduced at once to a few numbers per cell. The passes over it are few and in place, so that the
whole costs little more than the matrix product.

The logit lens is nostalgebraist's (2020), https://www.lesswrong.com/posts/AcKRB8wDpdaN6v6ru.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import count

import torch
from jaxtyping import Float, Int
from torch import Tensor

from model_backend.api.errors import UnsoundActivations
from model_backend.api.maps.grid import layer_labels
from model_backend.engine.cores import count_workers, spread
from model_backend.engine.topk import top_k
from model_backend.measures.inputs import LensReadings
from model_backend.models.unembed import Unembed
from model_backend.sharing.progress import stepper

BLOCK_BYTES = 24 * 2**20
"""Size of a block of logits; every worker holds three of them."""

FEWEST_CELLS, MOST_CELLS = 48, 256
"""Cells in a block whatever the vocabulary: enough to be worth reading the unembedding matrix for,
and no more than it takes."""

MODELS_OWN = -1
"""Stands for the token to follow where no text follows: the model's own likeliest."""

ROUNDING = 1e-4
"""A KL divergence this little below 0, in nats, is 0 and a rounding error of float32."""

NATS_PER_BIT = math.log(2)


@torch.inference_mode()
def read_lens(
    residual: Float[Tensor, "row token hidden"],
    unembed: Unembed,
    token_ids: Int[Tensor, " token"],
    *,
    k: int = 5,
    chosen: Sequence[int] = (),
) -> LensReadings:
    """Read every cell, without ever holding rows x positions x vocabulary.

    ``chosen`` are ids of tokens to be read in every cell besides.

    Raises:
        UnsoundActivations: some logit is not finite.
    """
    following = torch.cat([token_ids[1:], token_ids.new_full((1,), MODELS_OWN)]).to(residual.device)
    n_workers = count_workers(residual.device)
    width = min(_block_cells(unembed), -(-residual.shape[1] // n_workers))
    spans = list(zip(residual.split(width, dim=1), following.split(width), strict=True))
    n_blocks = len(spans) * -(-len(residual) // _rows_at_once(unembed, width))
    counting = _BlockCount(n_blocks, stepper())
    parts = [_Span(span, unembed, ids, k, counting, tuple(chosen)) for span, ids in spans]
    readings = _join(spread(_read_span, parts, n_workers), dim=1)
    _check_finite(readings)
    return readings


@torch.inference_mode()
def read_position(
    residual: Float[Tensor, "row hidden"], unembed: Unembed, token_ids: Int[Tensor, " prediction"]
) -> Float[Tensor, "row prediction"]:
    """The probability of each of some tokens at every row of one position."""
    paths = []
    for row in residual:
        probs = unembed(row).float().softmax(-1)
        paths.append(probs[token_ids.to(probs.device)])
    return torch.stack(paths)


@dataclass(frozen=True, eq=False)
class _Block:
    """The softmax of a block, taken apart; in every cell the largest logit is 0."""

    logits: Float[Tensor, "row token vocabulary"]
    exps: Float[Tensor, "row token vocabulary"]
    total: Float[Tensor, "row token"]
    top_logits: Float[Tensor, "row token k"]
    top_ids: Int[Tensor, "row token k"]


@dataclass(frozen=True, eq=False)
class _Final:
    """The last row at some positions, for the other rows to be compared with."""

    probs: Float[Tensor, "token vocabulary"]
    next_ids: Int[Tensor, " token"]


@dataclass(frozen=True, eq=False)
class _Span:
    """A run of positions, and how it is to be read."""

    residual: Float[Tensor, "row token hidden"]
    unembed: Unembed
    next_ids: Int[Tensor, " token"]
    k: int
    counting: "_BlockCount"
    chosen: tuple[int, ...]


class _BlockCount:
    """Counts the blocks that all workers have read, and reports their share."""

    def __init__(self, total: int, step: Callable[[float], None]) -> None:
        self._numbers, self._total, self._step = count(1), total, step

    def add(self) -> None:
        """Count one block; raises once nobody waits for the readings."""
        self._step(min(1.0, next(self._numbers) / self._total))


@torch.inference_mode()
def _read_span(span: _Span) -> LensReadings:
    """Read a run of positions, from the last row up, for the others are compared with it."""
    n_tokens, unembed = span.residual.shape[1], span.unembed
    parts = span.residual.split(_rows_at_once(unembed, n_tokens))
    shape = (2, len(parts[0]), n_tokens, unembed.vocabulary_size)
    memory = span.residual.new_empty(shape, dtype=torch.float32)
    final, readings = None, []
    for part in reversed(parts):
        logits, spare = memory[:, : len(part)]
        unembed.into(logits, part)
        block = _take_softmax(logits, spare, span.k)
        final = final or _keep_final(block, span.next_ids)
        readings.append(_read_block(block, final, span.chosen))
        span.counting.add()
    return _against_final(_join(readings[::-1], dim=0))


def _take_softmax(logits: Tensor, spare: Tensor, k: int) -> _Block:
    """Softmax in place: overwrites both. The largest logit is moved to 0, so nothing overflows."""
    top_logits, top_ids = top_k(logits, k)
    peak = top_logits[..., :1].clone()
    exps = torch.exp(logits.sub_(peak), out=spare)
    return _Block(logits, exps, exps.sum(-1), top_logits.sub_(peak), top_ids)


def _keep_final(block: _Block, next_ids: Int[Tensor, " token"]) -> _Final:
    return _Final(
        probs=block.exps[-1] / block.total[-1, :, None],
        next_ids=torch.where(next_ids == MODELS_OWN, block.top_ids[-1, :, 0], next_ids),
    )


def _read_block(block: _Block, final: _Final, chosen: tuple[int, ...]) -> LensReadings:
    """Reduce a block to its readings; the memory of ``exps`` serves every pass in turn.

    Where the divergence from the final row will stand is the cross entropy with it, in nats.
    """
    logits, spare, log_total = block.logits, block.exps, block.total.log()
    entropy = log_total - spare.mul_(logits).sum(-1) / block.total
    cross_entropy = log_total - torch.mul(logits, final.probs, out=spare).sum(-1)
    next_logits = logits.gather(-1, final.next_ids.expand(len(logits), -1)[..., None])
    # Counted in float32, which torch adds up far faster than truth values, and exactly.
    better = torch.gt(logits, next_logits, out=spare).sum(-1)
    return LensReadings(
        top_ids=block.top_ids,
        top_probs=block.top_logits.exp() / block.total[..., None],
        entropy=entropy / NATS_PER_BIT,
        kl_to_final=cross_entropy,
        next_prob=next_logits[..., 0].exp() / block.total,
        next_rank=better.long() + 1,
        chosen=chosen,
        chosen_log_probs=_log_probs(block, chosen),
        chosen_ranks=_ranks(block, chosen),
    )


def _log_probs(block: _Block, chosen: tuple[int, ...]) -> Float[Tensor, "row token chosen"]:
    return block.logits[..., list(chosen)] - block.total.log()[..., None]


def _ranks(block: _Block, chosen: tuple[int, ...]) -> Int[Tensor, "row token chosen"]:
    """Overwrites ``exps``."""
    logits, spare = block.logits, block.exps
    ranks = torch.empty(*block.total.shape, len(chosen), dtype=torch.long, device=logits.device)
    for at, token_id in enumerate(chosen):
        own = logits[..., token_id, None]
        ranks[..., at] = torch.gt(logits, own, out=spare).sum(-1).long() + 1
    return ranks


def _against_final(readings: LensReadings) -> LensReadings:
    """From cross entropies to divergences: the last row's is the final row's own entropy."""
    kl = readings.kl_to_final - readings.kl_to_final[-1]
    kl = torch.where(kl > -ROUNDING, kl.clamp(min=0), kl) / NATS_PER_BIT
    return replace(readings, kl_to_final=kl)


def _block_cells(unembed: Unembed) -> int:
    return min(MOST_CELLS, max(FEWEST_CELLS, BLOCK_BYTES // (4 * unembed.vocabulary_size)))


def _rows_at_once(unembed: Unembed, n_tokens: int) -> int:
    return max(1, _block_cells(unembed) // n_tokens)


def _join(readings: list[LensReadings], dim: int) -> LensReadings:
    names = [field.name for field in fields(LensReadings) if field.name != "chosen"]
    joined = {
        name: torch.cat([getattr(reading, name) for reading in readings], dim) for name in names
    }
    return LensReadings(**joined, chosen=readings[0].chosen)


def _check_finite(readings: LensReadings) -> None:
    finite = torch.isfinite(readings.entropy + readings.kl_to_final).all(-1).tolist()
    if not all(finite):
        label = layer_labels(len(finite) - 1)[finite.index(False)]
        raise UnsoundActivations(
            f"The logit lens at layer {label!r} gives numbers that are not finite."
        )
