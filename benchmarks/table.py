"""The table that is printed: one line for each thing measured, beside what it may cost."""

from dataclasses import dataclass

from benchmarks.pairs import Ratio

WIDTHS = (64, 28, 14)
HEAD = ("what", "measured", "limit")


@dataclass(frozen=True)
class Line:
    """One thing that was measured, and the most or the least it may be, if there is a limit."""

    what: str
    value: float | None
    """None when it could not be measured; ``note`` then says why."""
    unit: str = ""
    limit: float | None = None
    is_guide: bool = False
    """True if the limit is a guide for one kind of machine, not a promise."""
    note: str = ""
    digits: int = 2
    is_least: bool = False
    """True if the limit is a minimum."""
    ratio: Ratio | None = None
    """Interval of ``value``, if it is a ratio of paired times."""

    @property
    def verdict(self) -> str:
        """``ok`` up to the limit and ``over`` beyond it; nothing where nothing can be said.

        ``unsure`` is added if the limit lies within the interval or the machine was too busy.
        """
        if self.value is None or self.limit is None:
            return ""
        if self.is_least:
            said = "ok" if self.value >= self.limit else "under"
        else:
            said = "ok" if self.value <= self.limit else "over"
        is_unsure = self.ratio is not None and self.ratio.is_unsure(self.limit)
        return f"{said}, unsure" if is_unsure else said

    def __str__(self) -> str:
        note = f" ({self.note})" if self.note else ""
        measured = "not available" if self.value is None else self._number(self.value)
        limit = "" if self.limit is None else f"{self.limit:g}"
        limit = f"guide {limit}" if self.is_guide else limit
        limit = f"at least {limit}" if self.is_least else limit
        return columns(self.what, measured + note, limit) + self.verdict

    def _number(self, value: float) -> str:
        said = f"{value:,.{self.digits}f} {self.unit}".rstrip()
        if self.ratio is None:
            return said
        return f"{said} [{self.ratio.low:.{self.digits}f}, {self.ratio.high:.{self.digits}f}]"


def columns(*cells: str) -> str:
    """The cells of one line, each padded to its column's width, with a space between at least."""
    return "".join(f"{cell:<{width - 1}} " for cell, width in zip(cells, WIDTHS, strict=True))
