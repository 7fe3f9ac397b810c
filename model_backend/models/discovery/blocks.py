"""Finds the blocks of a model: the list of modules in which each reads what the one before left."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from torch import nn

from model_backend.api.errors import UnknownArchitecture
from model_backend.api.models.laws import Law, LawResult
from model_backend.models.discovery.recording import Call, Recording
from model_backend.models.discovery.tolerance import relative_error, tolerance


@dataclass(frozen=True, eq=False)
class _Candidate:
    """Calls of the members of one list of modules, in the order in which they ran."""

    path: str
    calls: tuple[Call, ...]

    @property
    def n_links(self) -> int:
        """Number of members that read exactly what the member before them left."""
        pairs = pairwise(self.calls)
        return sum(_is_link(one, other) for one, other in pairs)

    @property
    def is_chain(self) -> bool:
        return self.n_links == len(self.calls) - 1


def find_blocks(model: nn.Module, recording: Recording) -> tuple[Call, ...]:
    """Calls of the model's blocks, the first block first.

    Raises:
        UnknownArchitecture: there is no such list, or the stream is not a single one.
    """
    candidates = list(_candidates(model, recording))
    best = max(candidates, key=lambda one: (one.n_links, len(one.calls)), default=None)
    if best is None:
        raise UnknownArchitecture(
            f"{type(model).__name__} has no list of blocks that each read a stream and leave one."
        )
    if len({call.path for call in best.calls}) < len(best.calls):
        raise UnknownArchitecture(
            f"{type(model).__name__} runs its blocks {best.path!r} several times in one pass, so "
            "that a layer is no single row."
        )
    if not best.is_chain:
        raise UnknownArchitecture(f"{type(model).__name__} is refused. {_broken(best).sentence}")
    _refuse_lanes(model, recording, best)
    return best.calls


def _candidates(model: nn.Module, recording: Recording) -> Iterator[_Candidate]:
    for path, module in model.named_modules():
        if isinstance(module, nn.ModuleList | nn.Sequential):
            members = set(module.children())
            calls = [call for call in recording.calls if call.module in members]
            if calls and all(_maps_stream(call) for call in calls):
                yield _Candidate(path, tuple(calls))


def _maps_stream(call: Call) -> bool:
    if call.entering is None or call.leaving is None:
        return False
    return call.entering.rows.shape == call.leaving.rows.shape


def _is_link(one: Call, other: Call) -> bool:
    assert one.leaving is not None and other.entering is not None
    return one.leaving.key == other.entering.key


def _broken(candidate: _Candidate) -> LawResult:
    worst, layers, dtype = 0.0, [], None
    for layer, (one, other) in enumerate(pairwise(candidate.calls), start=1):
        assert one.leaving and one.entering and other.entering
        if not _is_link(one, other) and one.leaving.rows.shape == other.entering.rows.shape:
            update = one.leaving.rows - one.entering.rows
            worst = max(worst, relative_error(other.entering.rows, one.leaving.rows, update))
            layers.append(layer)
        dtype = one.leaving.rows.dtype
    assert dtype is not None
    return LawResult(Law.CHAIN, worst, tolerance(dtype), tuple(layers))


def _refuse_lanes(model: nn.Module, recording: Recording, chain: _Candidate) -> None:
    value = chain.calls[0].entering
    assert value is not None
    n_lanes = len(value.rows) / recording.n_tokens
    if n_lanes != 1:
        raise UnknownArchitecture(
            f"{type(model).__name__} has no single residual stream: its blocks hand on "
            f"{n_lanes:g} vectors for every token."
        )
