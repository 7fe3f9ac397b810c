"""Rows of the table that a run ends with, and the parts that make them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

WIDTHS = (46, 12, 56)
HEAD = ("what", "how often", "what was seen")


@dataclass(frozen=True)
class Row:
    """One thing that was tried many times."""

    what: str
    times: int
    seen: str
    """Numbers, or what went wrong first."""
    is_ok: bool = True

    def __str__(self) -> str:
        return columns(self.what, f"{self.times:,}", self.seen) + ("ok" if self.is_ok else "FAILED")


@dataclass(frozen=True)
class Part:
    """A part of the run. ``run`` gets a share, 1 for the whole, and yields its rows."""

    name: str
    about: str
    run: Callable[[float], Iterator[Row]]


def columns(*cells: str) -> str:
    """The cells of one line, each padded to its column's width."""
    return "".join(cell.ljust(width - 1) + " " for cell, width in zip(cells, WIDTHS, strict=True))


def some(most: int, share: float) -> int:
    """A number of times: that share of the most, and once at least."""
    return max(1, round(most * share))
