"""Divides the cells of a row into sequences that fit a byte budget."""

from collections.abc import Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import nn

from model_backend.api.patching import PatchSite
from model_backend.engine.patching.cells import Patching
from model_backend.engine.patching.layout import Layout, whole_sequences
from model_backend.engine.patching.prefix import Prefix
from model_backend.engine.patching.suffixes import count_slots, fold_cells, suffix_sequences

SLOTS = 320
"""Tokens from which on a block computes no faster for each: rows with fewer run together."""
LEAST_AGREEMENT = 1e-4
"""Largest error, of the largest activation, with which suffixes are a text's own pass."""

_SUFFIXES_HOLD: WeakKeyDictionary[nn.Module, dict[int, bool]] = WeakKeyDictionary()
"""By model and number of tokens: True if suffixes gave the text's own states."""


class Portions:
    """The sequences of one text's cells; those that all cells have room in are kept."""

    def __init__(self, patching: Patching, budget: int) -> None:
        """``budget`` is in bytes, for the states of sequences that run at once."""
        self._patching = patching
        self.slot_bytes = slot_bytes(patching)
        self.most_slots = max(1, budget // self.slot_bytes)
        self._prefix: Prefix | None = None
        self._kept: dict[tuple[int, ...], Layout] = {}

    def rows_at_once(self, cells: Sequence[int]) -> int:
        """Rows with these cells that run together."""
        if not cells or not self._patching.is_of_vectors:
            return 1
        slots = count_slots(cells, self._n_tokens)
        if not self._suffixes_hold():
            slots = len(cells) * self._n_tokens
        return max(1, min(SLOTS, self.most_slots) // slots)

    def count(self, cells: Sequence[int]) -> int:
        """Layouts that the cells take."""
        return len(self._divide(cells))

    def layouts(self, cells: Sequence[int]) -> Iterator[Layout]:
        """The sequences of some cells, one portion after the other."""
        key = tuple(cells)
        if key in self._kept:
            yield self._kept[key]
            return
        portions = self._divide(cells)
        for portion in portions:
            layout = self._lay_out(portion)
            if len(portions) == 1:
                self._kept[key] = layout
            yield layout

    @property
    def _n_tokens(self) -> int:
        return len(self._patching.base.ids)

    def _divide(self, cells: Sequence[int]) -> list[list[tuple[int, ...]]]:
        """Portions of groups of cells that share a sequence."""
        if not cells:
            return []
        if self._suffixes_hold():
            groups, width = fold_cells(cells, self._n_tokens), self._n_tokens - min(cells)
        else:
            groups, width = [(cell,) for cell in cells], self._n_tokens
        size = max(1, self.most_slots // width)
        return [groups[start : start + size] for start in range(0, len(groups), size)]

    def _lay_out(self, groups: Sequence[tuple[int, ...]]) -> Layout:
        parts, ids = self._patching.parts, self._patching.base.ids
        if self._suffixes_hold():
            return suffix_sequences(parts, ids, self._made_prefix(), groups)
        return whole_sequences(parts, ids, [cell for group in groups for cell in group])

    def _made_prefix(self) -> Prefix:
        if self._prefix is None:
            base = self._patching.base
            self._prefix = Prefix(self._patching.parts, torch.tensor(base.ids), base.residual)
        return self._prefix

    @torch.inference_mode()
    def _suffixes_hold(self) -> bool:
        """True if suffixes without a patch give the text's own last row, as a test shows.

        They do not where masks, positions or caches cannot be given from outside, or where a
        sliding window is shorter than the text. Heads are replaced at all tokens at once.
        """
        if self._patching.site is PatchSite.HEADS:
            return False
        known = _SUFFIXES_HOLD.setdefault(self._patching.parts.body, {})
        if self._n_tokens not in known:
            known[self._n_tokens] = self._agrees()
        return known[self._n_tokens]

    def _agrees(self) -> bool:
        patching, n = self._patching, self._n_tokens
        base, some = patching.base.residual, fold_cells(range(n), n)[: 1 + self.most_slots // n]
        try:
            prefix = self._made_prefix()
            layout = suffix_sequences(patching.parts, patching.base.ids, prefix, some)
            states = layout.unpatched(base[0])[None]
            for layer in range(patching.parts.n_layers - 1):
                states = layout.run(layer, states)
            error = (layout.finish(states) - base[-1, -1]).abs().max()
        except (AttributeError, TypeError, ValueError, RuntimeError):
            return False
        allowed = max(LEAST_AGREEMENT, 8 * torch.finfo(base.dtype).eps)
        return bool(error <= allowed * base[-1, -1].abs().max())


def slot_bytes(patching: Patching) -> int:
    """Memory that one more token of a sequence takes while a block runs on it."""
    whole: Any = patching.parts.body.config
    config = whole.get_text_config()
    residual = patching.base.residual
    hidden, n_tokens = residual.shape[-1], residual.shape[1]
    widest = getattr(config, "intermediate_size", None) or 4 * hidden
    attention = config.num_attention_heads * 2 * n_tokens
    return int(residual.itemsize * (16 * hidden + 4 * widest + 4 * attention))
