"""Parts of a reading: sentences, and the cells that each is about."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """Subject of an observation; the value is the heading that people see."""

    DRAWN = "What is drawn"
    SHORT = "In short"
    STANDS_OUT = "What stands out"
    LAYERS = "Through the layers"
    OWN_WORD = "The model's own next word"
    ABSENT = "What is not there"
    CAREFUL = "Careful"
    SURE = "How sure is this?"
    """Statistics, folded until somebody asks for them."""


MOST_AT_FIRST = 8
"""Observations of a reading that are not folded."""


@dataclass(frozen=True)
class TokenText:
    """A token named in a sentence; the page makes its whitespace visible."""

    position: int | None
    """None for a token that is not in the text, such as a predicted one."""
    text: str


Part = str | TokenText


@dataclass(frozen=True)
class Region:
    """A rectangle of cells, all four ends included."""

    first_row: int
    last_row: int
    first_position: int
    last_position: int


@dataclass(frozen=True)
class Observation:
    """A sentence or two about a map."""

    kind: Kind
    parts: tuple[Part, ...]
    regions: tuple[Region, ...] = ()
    """The cells it is about; several where one rectangle would hold other cells too."""

    @property
    def text(self) -> str:
        """The words, with tokens in quotation marks."""
        return "".join(
            f'"{part.text}"' if isinstance(part, TokenText) else part for part in self.parts
        )


@dataclass(frozen=True)
class Reading:
    """Observations on a map, grouped by kind in the order of ``Kind``."""

    observations: tuple[Observation, ...]

    @property
    def first(self) -> tuple[Observation, ...]:
        """The observations that are shown at once, at most ``MOST_AT_FIRST``."""
        return tuple(one for one in self.observations if one.kind is not Kind.SURE)

    @property
    def folded(self) -> tuple[Observation, ...]:
        """Statistics behind *How sure is this?*"""
        return tuple(one for one in self.observations if one.kind is Kind.SURE)

    def adding(self, observation: Observation) -> "Reading":
        """The same reading with one more observation, behind those of its kind."""
        order = list(Kind)
        said = (*self.observations, observation)
        return replace(
            self, observations=tuple(sorted(said, key=lambda one: order.index(one.kind)))
        )
