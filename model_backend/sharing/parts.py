"""The parts of a value that its JSON names by number: arrays, and tuples of strings."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class Malformed(ValueError):
    """Bytes or JSON that are not what they should be."""


class Parts:
    """The arrays and tuples of strings of a value, which its JSON names by number."""

    def __init__(
        self, arrays: Sequence[np.ndarray] = (), texts: Sequence[tuple[str, ...]] = ()
    ) -> None:
        self.arrays, self.texts = list(arrays), list(texts)
        self._numbers: dict[tuple[str, ...], int] = {}
        self._seen: dict[int, int] = {}

    def number(self, value: Any) -> int:
        """The number of a tuple of strings; equal ones are kept once.

        The grids of an inspection share their labels, so most are known by their identity.
        """
        known = self._seen.get(id(value))
        if known is not None:
            return known
        checked(all(isinstance(one, str) for one in listed(value)), value)
        texts = tuple(map(str, value))
        number = self._numbers.setdefault(texts, len(self.texts))
        if number == len(self.texts):
            self.texts.append(texts)
        self._seen[id(value)] = number
        return number


def listed(value: Any) -> Any:
    """A list or tuple, if it is one."""
    return checked(isinstance(value, list | tuple), value)


def checked(right: Any, value: Any) -> Any:
    """``value`` where ``right`` is True, or what was found in its place."""
    if not right:
        raise Malformed(f"an unexpected {type(value).__name__}")
    return value if right is True else right
