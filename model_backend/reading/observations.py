"""Parts of a reading: sentences, and the cells that each is about."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Subject of an observation; the value is the heading that people see."""

    EXTREMES = "Highest and lowest"
    REGIONS = "Peaks and dips"
    SHAPE = "Shape"
    LAYERS = "Layers"
    TOKENS = "Tokens"
    POSITIONS = "Positions"
    EDGES = "Edges and middle"
    MEANING = "What this can mean"
    LEFT_OUT = "Not counted"


class Shape(StrEnum):
    """The pattern that explains most of a map."""

    EMPTY = "no values"
    CONSTANT = "constant"
    TOO_SMALL = "too small to tell"
    NONE = "no structure"
    PEAK = "one peak"
    DIP = "one dip"
    REGIONS = "several peaks or dips"
    LAYER_STRIPES = "stripes by layer"
    TOKEN_STRIPES = "stripes by token"
    LAYER_GRADIENT = "gradient over layers"
    TOKEN_GRADIENT = "gradient over tokens"


@dataclass(frozen=True)
class TokenText:
    """A token named in a sentence; the page makes its whitespace visible."""

    position: int
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
    """Observations on a map, most important first."""

    shape: Shape
    observations: tuple[Observation, ...]
