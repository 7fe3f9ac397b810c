"""Finds what stands between the last block and the logits.

A chain of modules leads from the last row to what enters the unembedding: none, a norm, or a norm
and more. What the model does with the logits after the matrix (a factor, a soft cap) is found by
comparing both, and takes its numbers from the config.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from model_backend.models.discovery.recording import Call, Recording, Value

MOST_STEPS = 4
ROUNDING = 0.01
"""Relative error of capped logits that half precision explains; law (a) is stricter."""

CLOSE = 1e-3
"""Relative distance within which a measured factor is taken for a number of the config."""


class Factor(nn.Module):
    """Multiplies by a constant that a model's own code has, outside any module."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, vectors: Tensor) -> Tensor:
        """Multiply."""
        return vectors * self.factor


@dataclass(frozen=True, eq=False)
class Finish:
    """Changes to logits after the unembedding matrix, in this order."""

    logit_scale: float = 1.0
    logit_divisor: float = 1.0
    soft_cap: float | None = None


@dataclass(frozen=True, eq=False)
class Readout:
    """From the last row to the logits."""

    unembedding: nn.Module
    steps: tuple[nn.Module, ...]
    finish: Finish


def find_readout(model: nn.Module, recording: Recording, last: Call) -> Readout | None:
    """The way from what the last block left to the logits; None if there is none."""
    head = _find_head(model, recording, last)
    if head is None:
        return None
    around = [call for call in recording.calls if last.end < call.start <= head.start]
    heads = [head, *(call for call in around if call.end > head.end)]
    for one in heads:
        readout = _through(one, recording, last, config_numbers(model.config))
        if readout is not None:
            return readout
    return None


def _through(
    head: Call, recording: Recording, last: Call, numbers: dict[str, float]
) -> Readout | None:
    """The way through one module that gives logits: the matrix, or a head that contains it."""
    if head.entering is None or head.leaving is None or last.leaving is None:
        return None
    after = [call for call in recording.calls if last.end < call.start and call.end < head.start]
    steps = find_steps(last.leaving, head.entering, after)
    if steps is None or head.leaving.rows.shape != recording.logits.shape:
        return None
    finish = find_finish(head.leaving.rows, recording.logits, numbers)
    return None if finish is None else Readout(head.module, steps, finish)


def find_steps(
    source: Value, target: Value, calls: list[Call], most: int = MOST_STEPS
) -> tuple[nn.Module, ...] | None:
    """Modules that lead from one value to another, one after the other; the outermost there are."""
    if source.key == target.key:
        return ()
    for call in calls if most else ():
        if call.entering is None or call.leaving is None or call.entering.key != source.key:
            continue
        if call.leaving.key != source.key:
            later = [one for one in calls if one.start > call.end]
            rest = find_steps(call.leaving, target, later, most - 1)
            if rest is not None:
                return (call.module, *rest)
    factor = _factor(source.rows, target.rows)
    return None if factor is None else (Factor(factor),)


def find_finish(raw: Tensor, logits: Tensor, numbers: dict[str, float]) -> Finish | None:
    """Scale, divisor and soft cap that turn the unembedding's output into logits."""
    if torch.allclose(raw.float(), logits.float(), rtol=1e-5, atol=1e-6):
        return Finish()
    raw, logits = raw.double(), logits.double()
    factor = _factor(raw, logits)
    if factor is not None:
        return _named(factor, numbers)
    for cap in sorted(set(numbers.values())):
        finish = _capped(raw, logits, cap, numbers) if logits.abs().max() <= cap else None
        if finish is not None:
            return finish
    return None


def _capped(raw: Tensor, logits: Tensor, cap: float, numbers: dict[str, float]) -> Finish | None:
    """Scale or divisor before a soft cap at this number, if that gives the logits."""
    # Near the cap a little rounding of logits stands for much of what was capped.
    far = logits.abs() < 0.5 * cap
    if not far.any():
        return None
    wide, target = raw[far], cap * torch.atanh(logits[far] / cap)
    factor = float((wide * target).sum() / (wide * wide).sum())
    found = Finish() if abs(factor - 1) < 10 * CLOSE else _named(factor, numbers)
    made = cap * torch.tanh(raw * found.logit_scale / found.logit_divisor / cap)
    close = (made - logits).norm() <= ROUNDING * logits.norm()
    return Finish(found.logit_scale, found.logit_divisor, soft_cap=cap) if close else None


def _find_head(model: Any, recording: Recording, last: Call) -> Call | None:
    """Call of the unembedding: the module that transformers names, else the last one to run."""
    module = model.get_output_embeddings()
    if module is not None and (call := recording.of(module)) is not None:
        return call
    width = recording.logits.shape[-1]
    ends = [
        call
        for call in recording.calls
        if call.start > last.end and call.leaving is not None and hasattr(call.module, "weight")
        if call.leaving.rows.shape[-1] == width
    ]
    return ends[-1] if ends else None


def _factor(vectors: Tensor, others: Tensor) -> float | None:
    """The constant that turns one into the other, if there is one."""
    if vectors.shape != others.shape:
        return None
    wide, target = vectors.double(), others.double()
    square = (wide * wide).sum()
    if not torch.isfinite(square) or square == 0:
        return None
    factor = float((wide * target).sum() / square)
    eps = max(torch.finfo(vectors.dtype).eps, torch.finfo(others.dtype).eps, 1e-6)
    wrong = (target - factor * wide).norm() / max(float(target.norm()), 1e-30)
    return factor if factor and wrong < 8 * eps else None


def _named(factor: float, numbers: dict[str, float]) -> Finish:
    """The factor as a number of the config: one that multiplies, or one that divides."""
    for number in _likely_first(numbers):
        if abs(factor - number) < CLOSE * abs(factor):
            return Finish(logit_scale=number)
        if abs(factor - 1 / number) < CLOSE * abs(factor):
            return Finish(logit_divisor=number)
    return Finish(logit_scale=factor)


def _likely_first(numbers: dict[str, float]) -> Iterator[float]:
    named = [number for key, number in numbers.items() if "logit" in key]
    yield from named
    yield from (number for key, number in numbers.items() if "logit" not in key)


def config_numbers(config: Any) -> dict[str, float]:
    """Numbers of a config that a logit may be multiplied by, divided by or capped at."""
    found = {}
    for entries in (config.to_dict(), config.get_text_config().to_dict()):
        for key, value in entries.items():
            if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
                found[key] = float(value)
    return {key: value for key, value in found.items() if value != 1}
