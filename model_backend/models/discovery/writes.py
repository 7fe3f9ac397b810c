"""Finds what a block writes: the modules whose outputs are added to the stream, and their order.

Sums are made in the model's own dtype and in the order that its code has, and compared with what
the block left. An outer module is preferred to one inside it that writes the same.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import chain, combinations

import torch
from torch import Tensor

from model_backend.models.discovery.parts import BlockKind
from model_backend.models.discovery.recording import Call, Recording, rows_of
from model_backend.models.discovery.tolerance import relative_error, tolerance

ROUGH = 0.1
"""Relative error above which a sum is not tried again in the model's own dtype."""

NEAR = 0.005
"""Relative distance within which a fitted factor is taken for a number of the config."""


@dataclass(frozen=True, eq=False)
class Found:
    """The writes of one block."""

    kind: BlockKind
    first: Call | None = None
    second: Call | None = None
    mid: Call | None = None
    """The call that reads ``resid_mid``."""
    scale: float = 1.0
    error: float = float("inf")
    norms: tuple[Call, ...] = ()
    """The norms after the first and the second addition, if there are such."""

    @property
    def writes(self) -> tuple[Call, ...]:
        return tuple(call for call in (self.first, self.second) if call is not None)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(call.path for call in self.writes)


class BlockSearch:
    """One block's calls, and the sums that can be made of what its modules left."""

    def __init__(self, recording: Recording, block: Call, numbers: Collection[float] = ()) -> None:
        assert block.entering is not None and block.leaving is not None
        self.pre, self.post = block.entering.rows, block.leaving.rows
        self._numbers = numbers
        self.calls = recording.inside(block)
        self._post_key = block.leaving.key
        self._tolerance = tolerance(self.post.dtype)
        self._update = self.post.double() - self.pre.double()
        eps = torch.finfo(self.post.dtype).eps
        self._noise = 4 * eps * self.post.double().norm(dim=-1)
        self._near = max(NEAR, 4 * eps)
        known = {block.entering.key, block.leaving.key}
        self.candidates = self._distinct(known)

    def find(self) -> Found:
        """The writes of the block, or the sum that came closest."""
        best = Found(BlockKind.UNKNOWN)
        for found in chain(self._singles(), self._pairs(), self._normed_after()):
            if found.error <= self._tolerance:
                return found
            best = min(best, Found(BlockKind.UNKNOWN, error=found.error), key=_error_of)
        return best

    def _distinct(self, known: set[bytes]) -> list[Call]:
        """The outermost call that left each vector of the stream's shape, in the order of ends."""
        by_key: dict[bytes, Call] = {}
        for call in self.calls:
            value = call.leaving
            if value is not None and value.rows.shape == self.post.shape and value.key not in known:
                by_key.setdefault(value.key, call)
        moving = [call for call in by_key.values() if rows_of(call).abs().max() > 0]
        return sorted(moving, key=lambda call: call.end)

    def _singles(self) -> Iterator[Found]:
        for call in self.candidates:
            for scale, rough in self._fits(rows_of(call)):
                error = self._error(self.pre + rows_of(call) * scale) if rough < ROUGH else rough
                yield Found(BlockKind.SINGLE, call, scale=scale, error=error)

    def _pairs(self) -> Iterator[Found]:
        for first, second in combinations(self.candidates, 2):
            if _overlap(first, second):
                continue
            for scale, rough in self._fits(rows_of(first).double() + rows_of(second).double()):
                if rough < ROUGH:
                    yield self._pair(first, second, scale)
                else:
                    yield Found(BlockKind.UNKNOWN, error=rough)

    def _pair(self, first: Call, second: Call, scale: float) -> Found:
        one, two = rows_of(first) * scale, rows_of(second) * scale
        in_turn, swapped = self.pre + one + two, self.pre + two + one
        error = min(map(self._error, (in_turn, swapped, (one + two) + self.pre)))
        mid = self._reader(self.pre + one, after=first, before=second)
        kind = BlockKind.SEQUENTIAL if mid else BlockKind.PARALLEL
        return Found(kind, first, second, mid, scale, error)

    def _reader(self, mid: Tensor, after: Call, before: Call) -> Call | None:
        """The first call between two writes that reads the sum of the stream and the first."""
        for call in self.calls:
            value = call.entering
            if value is None or value.rows.shape != mid.shape or call.start < after.end:
                continue
            if relative_error(value.rows, mid, self._update) <= self._tolerance:
                return call if call.start <= before.end else None
        return None

    def _normed_after(self) -> Iterator[Found]:
        """Blocks whose norms follow the additions: the second norm leaves what the block leaves."""
        for norm in self.calls:
            if norm.leaving is None or norm.leaving.key != self._post_key:
                continue
            if norm.entering is None or norm.entering.rows.shape != self.post.shape:
                continue
            for middle in self.calls:
                if middle.leaving is not None and middle.leaving.rows.shape == self.post.shape:
                    yield from self._between(middle, norm)

    def _between(self, middle: Call, norm: Call) -> Iterator[Found]:
        """Writes before a norm ``middle`` and between it and the last ``norm``."""
        entering, after = middle.entering, norm.entering
        assert after is not None
        if entering is None or entering.rows.shape != self.post.shape:
            return
        firsts = list(self._terms(self.pre, entering.rows, before=middle.start))
        seconds = list(self._terms(rows_of(middle), after.rows, before=norm.start))
        if not firsts or not seconds:
            return
        (first, wrong), (second, other) = firsts[0], seconds[0]
        mid = next((call for call in self.calls if _reads(call, middle)), None)
        error = max(wrong, other)
        yield Found(BlockKind.POST_NORM, first, second, mid, error=error, norms=(middle, norm))

    def _terms(self, base: Tensor, total: Tensor, before: int) -> Iterator[tuple[Call, float]]:
        """Calls that add up with ``base`` to ``total``, with their errors."""
        update = total.double() - base.double()
        for call in self.candidates:
            if call.end < before:
                error = relative_error(base + rows_of(call), total, update)
                if error <= self._tolerance:
                    yield call, error

    def _fits(self, written: Tensor) -> Iterator[tuple[float, float]]:
        """Factors that may turn a write into the update, with the relative errors they leave.

        First 1, because rounding of a long stream can hide a short update; then the closest one.
        """
        wide = written.double()
        if (rough := self._rough(wide)) < ROUGH:
            yield 1.0, rough
        factor = float((wide * self._update).sum() / (wide * wide).sum())
        known = min((1.0, *self._numbers), key=lambda number: abs(number - factor))
        factor = known if abs(factor - known) < self._near * abs(factor) else factor
        yield factor, self._rough(factor * wide)

    def _rough(self, written: Tensor) -> float:
        """Relative error of a write as the update, beyond what rounding of the stream explains."""
        return relative_error(written, self._update, self._update, noise=self._noise)

    def _error(self, total: Tensor) -> float:
        return relative_error(total, self.post, self._update)


def _error_of(found: Found) -> float:
    return found.error


def is_matrix(module: object) -> bool:
    """True for a layer with one weight matrix."""
    weight = getattr(module, "weight", None)
    return isinstance(weight, torch.Tensor) and weight.dim() == 2


def _reads(call: Call, before: Call) -> bool:
    """True if a later call reads what an earlier one left."""
    if call.entering is None or before.leaving is None:
        return False
    return call.start > before.end and call.entering.key == before.leaving.key


def _overlap(first: Call, second: Call) -> bool:
    return first.start < second.start < first.end or second.start < first.start < second.end
