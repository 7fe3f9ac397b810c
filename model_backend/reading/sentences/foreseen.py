"""The story of the token that really follows: where it is foreseen early, late, or never."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from model_backend.api.maps.measures import Measure
from model_backend.grids.numbers import percent
from model_backend.reading.material.masked import embedding_rows
from model_backend.reading.material.observations import Kind, Observation, Part, TokenText
from model_backend.reading.material.seen import Seen, listed

FORESEEN = 0.5
NEVER = {False: 0.25, True: 10.0}
"""Never foreseen: a probability never above this, or a rank never better; True is for ranks."""
FEW, EVENT = 0.055, 0.2
LAST_JUMP = 0.4
CLEARLY = 3
"""Layers by which one thing must come before another to be called earlier."""
MOST_LISTED = 6
MEASURES = (Measure.NEXT_TOKEN_PROBABILITY, Measure.NEXT_TOKEN_RANK)
NEVER_ROW = 10**6


@dataclass(frozen=True, eq=False)
class Foreseen:
    """The layers at which the token that follows each column is foreseen."""

    seen: Seen
    columns: Int[np.ndarray, " column"]
    """Columns of ``seen`` that a token of the text follows."""
    following: tuple[str, ...]
    """The token that follows each."""
    values: Float[np.ndarray, "row column"]
    hits: Bool[np.ndarray, "row column"]
    """Cells in which it is at 50 % or more, or at rank 1."""

    @property
    def n_columns(self) -> int:
        """Number of tokens that are followed by one."""
        return len(self.columns)

    @property
    def what(self) -> str:
        """The condition under which a token counts as foreseen, in words."""
        return "rank 1" if self.seen.is_rank else "50 % or more"

    @property
    def has_start(self) -> bool:
        """True unless a zoom hides the beginning of the text."""
        view = self.seen.evidence.in_view
        return view is None or view.first_position == 0

    @property
    def ends(self) -> Bool[np.ndarray, " column"]:
        """Columns that are foreseen at the last layer."""
        return self.hits[-1]

    @property
    def reached(self) -> Int[np.ndarray, " column"]:
        """First row that foresees it; ``NEVER_ROW`` if none does."""
        return np.where(self.hits.any(axis=0), self.hits.argmax(axis=0), NEVER_ROW)

    @property
    def settled(self) -> Int[np.ndarray, " column"]:
        """Row from which on it is foreseen to the end; ``NEVER_ROW`` if it is not at the end."""
        lasting = np.logical_and.accumulate(self.hits[::-1], axis=0)[::-1]
        return np.where(self.ends, lasting.argmax(axis=0), NEVER_ROW)

    def pair(self, at: int) -> list[Part]:
        """``capital -> of``."""
        return [self.seen.token(int(self.columns[at])), " → ", self.next(at)]

    def pair_text(self, at: int) -> tuple[str, str]:
        """The two texts of a pair."""
        return self.seen.token(int(self.columns[at])).text, self.following[at]

    def next(self, at: int) -> TokenText:
        """The token that follows."""
        return TokenText(int(self.seen.columns[self.columns[at]]) + 1, self.following[at])

    def region(self, ats: list[int], rows: tuple[int, int] | None = None) -> tuple:
        """Cells of these columns."""
        rows = rows or (0, len(self.seen.rows) - 1)
        return self.seen.regions(rows, [int(self.columns[at]) for at in ats])


def foresee(seen: Seen) -> Foreseen | None:
    """Find in which layers each next token is foreseen; None where the map's measure does not say
    it.
    """
    tokens, at = seen.grid.token_labels, seen.columns
    if seen.measure not in MEASURES or not seen.is_text or not _has_all_layers(seen):
        return None
    columns = np.flatnonzero(at < len(tokens) - 1)
    if not len(columns) or np.isnan(seen.values).any():
        return None
    values = seen.values[:, columns]
    hits = values <= 1 if seen.is_rank else values >= FORESEEN
    following = tuple(tokens[position + 1] for position in at[columns])
    return Foreseen(seen, columns, following, values, hits)


def _has_all_layers(seen: Seen) -> bool:
    """True unless a zoom hides layers, so that first and last ones would not be known."""
    hidden = embedding_rows(seen.grid)
    first = hidden[-1] + 1 if hidden else 0
    return bool(seen.rows[0] <= first and seen.rows[-1] == len(seen.grid.layer_labels) - 1)


def in_short(found: Foreseen) -> Observation:
    """A sentence on whether tokens are foreseen early or late, and how many are in the end."""
    seen, n_ends = found.seen, int(found.ends.sum())
    many = f"{n_ends:,}" if n_ends else "None"
    tokens = f"{many} of {found.n_columns:,} next tokens"
    count = f"{tokens} are at {found.what} at layer {seen.layer(len(seen.rows) - 1)}."
    if len(seen.rows) < 4:
        return seen.say(Kind.SHORT, count)
    profile = np.median(found.values, axis=1) if seen.is_rank else found.values.mean(axis=1)
    said = _ranks(found, profile) if seen.is_rank else _means(found, profile)
    return seen.say(Kind.SHORT, f"{said} {count}")


def _means(found: Foreseen, means: Float[np.ndarray, " row"]) -> str:
    seen, last = found.seen, len(means) - 1
    end = float(means[-1])
    if end < EVENT:
        most = f"Little is foreseen at any layer: the mean is {percent(float(means.max()))} at most"
        return f"{most}, {percent(end)} at layer {seen.layer(last)}."
    few = means > FEW
    until = int(few.argmax()) - 1
    jump = int(np.diff(means).argmax()) + 1
    named = [(until, "at most ")] if until >= 1 else []
    named += [(jump, "")] if until < jump < last else []
    most = "Most of it" if end >= FORESEEN else "What is foreseen"
    said = f"{most} is decided {_when(means)}: the mean is "
    for row, most in named:
        value = float(means[: row + 1].max()) if most else float(means[row])
        to = "up to layer" if most else "at layer"
        said += f"{most}{percent(value)} {to} {seen.layer(row)}, "
    return f"{said}{percent(end)} at layer {seen.layer(last)}."


def _when(means: Float[np.ndarray, " row"]) -> str:
    half = int((means >= 0.5 * means[-1]).argmax()) / (len(means) - 1)
    return "late" if half > 0.6 else "early" if half < 0.35 else "half-way up"


def _ranks(found: Foreseen, middle: Float[np.ndarray, " row"]) -> str:
    seen, rows = found.seen, np.linspace(0, len(middle) - 1, 4).round().astype(int)
    said = [f"{seen.amount(float(middle[row]))} at layer {seen.layer(int(row))}" for row in rows]
    return f"The median rank is {', '.join(said[:-1])} and {said[-1]}."


def repeated_pairs(found: Foreseen) -> dict[tuple[str, str], list[int]]:
    """Columns of equal tokens that are followed by equal tokens, where there are several."""
    pairs: dict[tuple[str, str], list[int]] = {}
    if not found.has_start:  # the first in view need not be the first of the text
        return pairs
    for at in range(found.n_columns):
        pairs.setdefault(found.pair_text(at), []).append(at)
    return {pair: ats for pair, ats in pairs.items() if len(ats) > 1}


def never(found: Foreseen) -> Iterator[Observation]:
    """Equal tokens behind which nothing is ever foreseen; else how many there are."""
    seen = found.seen
    best = found.values.min(axis=0) if seen.is_rank else found.values.max(axis=0)
    limit = NEVER[seen.is_rank]
    is_never = best > limit if seen.is_rank else best < limit
    tokens: dict[str, list[int]] = {}
    for at in range(found.n_columns):
        tokens.setdefault(seen.token(int(found.columns[at])).text, []).append(at)
    groups = [ats for ats in tokens.values() if len(ats) > 2 and is_never[ats].all()]
    if groups and found.n_columns <= 64:
        yield _never_after(found, max(groups, key=len))
    elif is_never.any():
        yield _how_many(found, is_never)


def _never_after(found: Foreseen, ats: list[int]) -> Observation:
    seen = found.seen
    ends = listed([[seen.bare(float(found.values[-1, at]))] for at in ats])
    most = found.values[:, ats].min() if seen.is_rank else found.values[:, ats].max()
    better = "better" if seen.is_rank else "more"
    nexts = listed([[found.next(at)] for at in ats[:MOST_LISTED]])
    return seen.say(
        Kind.ABSENT,
        "Never foreseen: which token follows ",
        seen.token(int(found.columns[ats[0]])),
        " (",
        *nexts,
        "): ",
        *ends,
        f" at the end, never {better} than {seen.bare(float(most))}.",
        regions=found.region(ats),
    )


def _how_many(found: Foreseen, is_never: Bool[np.ndarray, " column"]) -> Observation:
    seen, ats = found.seen, [int(at) for at in np.flatnonzero(is_never)]
    limit = "are never among the first ten" if seen.is_rank else "stay under 25 % at every layer"
    if len(ats) == 1:
        limit = limit.replace("are", "is").replace("stay ", "stays ")
    order = found.values[-1, ats] if not seen.is_rank else -found.values[-1, ats]
    worst = [ats[int(at)] for at in np.argsort(order, kind="stable")[:3]]
    said = f"Never foreseen: {len(ats):,} of {found.n_columns:,} next tokens {limit}"
    named = listed(
        [
            [*found.pair(at), f" ({seen.bare(float(found.values[-1, at]))} at the end)"]
            for at in worst
        ],
        ", ",
    )
    lead = ", such as " if len(ats) > 3 else ": "
    return seen.say(Kind.ABSENT, said, lead, *named, ".", regions=found.region(ats))
