"""The estimate that comes first: gradients in place of patched passes.

To first order, patching a cell changes the metric by the gradient times what is put in less what
was there. One gradient at one text is about half of the truth where attention or norms saturate; so
the gradient is a mean along the straight path of the embeddings from B to A, which for row 0 is
integrated gradients (Sundararajan et al., 2017, https://arxiv.org/abs/1703.01365). On attribution
patching see Nanda (2023), https://www.neelnanda.io/mechanistic-interpretability/attribution-patching.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.api.patching import PatchSite
from model_backend.engine.patching.block_calls import BlockCalls
from model_backend.engine.patching.cells import Patching, replacing
from model_backend.engine.patching.prepare import Prepared
from model_backend.engine.patching.readings import Reader
from model_backend.engine.patching.texts import count_heads, site_modules
from model_backend.engine.running import give_way
from model_backend.models.unembed import Unembed

STEPS = 5
"""Points on the path. They are those of Gauss and Legendre, with whose weights five points sum up
what an even spacing needs dozens for."""


@dataclass(frozen=True, eq=False)
class Gradients:
    """Mean gradients along a path, at every row and at the writes of a site."""

    rows: Float[Tensor, "row token hidden"]
    written: Float[Tensor, "layer token width"] | None


def estimate(
    prepared: Prepared, unembed: Unembed, steps: int = STEPS
) -> Float[Tensor, "row column"]:
    """The effect of every cell, by gradients.

    Raises:
        RuntimeError: gradients do not pass through this model.
    """
    each = [_changes(prepared, patching, unembed, steps) for patching in prepared.patchings]
    change = torch.stack(each).mean(0)
    if prepared.way.is_knock_out:
        return -change
    # What comes in is A's where a cell is brought back, and B's where it is taken away.
    return change / (prepared.gap if not _takes_away(prepared) else -prepared.gap)


def _takes_away(prepared: Prepared) -> bool:
    return prepared.patchings[0].base is prepared.texts.a


def _changes(
    prepared: Prepared, patching: Patching, unembed: Unembed, steps: int
) -> Float[Tensor, "row column"]:
    """First-order change of the metric for every cell of one text."""
    base, other = patching.base, prepared.texts.a
    if _takes_away(prepared):
        other = prepared.texts.b[0]
    pairs = prepared.texts.pairing.pairs
    start, end = as_float(base.residual[0]), as_float(base.residual[0])
    for a, b in pairs:
        own, theirs = (a, b) if _takes_away(prepared) else (b, a)
        end[own] = other.residual[0, theirs]
    nodes = 1 if prepared.way.is_knock_out else steps
    gradients = mean_gradients(patching, unembed, prepared.reader, (start, end), nodes)
    return _cells(patching, gradients)


def _cells(patching: Patching, gradients: Gradients) -> Float[Tensor, "row column"]:
    """Gradient times change, for every cell that has a donor."""
    base, donors = patching.base, as_float(patching.donors)
    if patching.is_of_vectors:
        rows = slice(patching.first_row, None)
        change = donors - base.residual[rows]
        found = (gradients.rows[rows] * change).sum(-1)
    else:
        assert base.written is not None and gradients.written is not None
        product = gradients.written * (donors - base.written)
        if patching.site is PatchSite.HEADS:
            heads = product.unflatten(-1, (count_heads(patching.parts), -1)).sum(-1)
            return _windowed(patching, heads[:, list(patching.paired)].sum(1))
        found = product.sum(-1)
    kept = torch.full_like(found, torch.nan)
    kept[:, list(patching.paired)] = found[:, list(patching.paired)]
    return kept if patching.site is PatchSite.RESID_POST else _windowed(patching, kept)


def _windowed(
    patching: Patching, of_layers: Float[Tensor, "layer column"]
) -> Float[Tensor, "layer column"]:
    """The changes of layers that are patched together, added up."""
    if patching.window == 1:
        return of_layers
    windows = [[row - 1 for row in patching.window_of(row)] for row in patching.rows]
    return torch.stack([of_layers[window].sum(0) for window in windows])


def mean_gradients(
    patching: Patching,
    unembed: Unembed,
    reader: Reader,
    ends: tuple[Tensor, Tensor],
    steps: int,
) -> Gradients:
    """Gradients of the metric along the straight path between two texts' embeddings."""
    start, end = ends
    nodes, weights = np.polynomial.legendre.leggauss(steps)
    shares = [0.0] if steps == 1 else ((nodes + 1) / 2).tolist()
    rows: Tensor | float = 0.0
    written: Tensor | float = 0.0
    calls = BlockCalls(patching.parts, torch.tensor(patching.base.ids)[None])
    for share, weight in zip(shares, (weights / weights.sum()).tolist(), strict=True):
        found = _gradients(patching, calls, unembed, reader, start + share * (end - start))
        give_way()
        rows = rows + weight * found.rows
        written = written + weight * found.written if found.written is not None else written
    assert isinstance(rows, Tensor)
    return Gradients(rows, written if isinstance(written, Tensor) else None)


def _gradients(
    patching: Patching, calls: BlockCalls, unembed: Unembed, reader: Reader, embeddings: Tensor
) -> Gradients:
    own = Reader(reader.metric, reader.answers, as_float(reader.of_a))
    with torch.enable_grad(), _writes(patching) as writes:
        rows = [embeddings[None].requires_grad_()]
        for layer in range(patching.parts.n_layers):
            rows.append(calls.run(layer, rows[-1]))
        metric = own.measure(_logits(unembed, rows[-1][:, -1]))
        found = torch.autograd.grad(metric.sum(), [*rows, *writes])
    of_rows, of_writes = found[: len(rows)], found[len(rows) :]
    shaped = [one.reshape(len(patching.base.ids), -1) for one in of_writes]
    return Gradients(torch.cat(of_rows), torch.stack(shaped) if shaped else None)


@contextmanager
def _writes(patching: Patching) -> Iterator[list[Tensor]]:
    """Collect what passes the site of every block, where the stream alone does not say it."""
    taken: list[Tensor] = []

    def keep(vectors: Tensor) -> Tensor:
        taken.append(vectors)
        return vectors

    with ExitStack() as stack:
        if not patching.is_of_vectors:
            of_input = patching.site is PatchSite.HEADS
            for module in site_modules(patching.parts, patching.site):
                stack.enter_context(replacing(module, keep, of_input=of_input))
        yield taken


def _logits(unembed: Unembed, states: Tensor) -> Tensor:
    """Logits that can be differentiated: nothing is changed in place."""
    for module in (unembed.final_norm, unembed.project_out, unembed.unembedding):
        states = states if module is None else module(states)
    logits = states.float() if states.dtype.itemsize < 4 else states
    logits = logits * unembed.logit_scale / unembed.logit_divisor
    cap = unembed.soft_cap
    return logits if cap is None else (logits / cap).tanh() * cap


def as_float(values: Tensor) -> Tensor:
    """A copy that gradients can pass, on which inference mode has left no mark."""
    return torch.empty_like(values).copy_(values)
