"""The row of a measure: its name, its words, its place on the page, and the function behind it.

The rows are in ``model_backend/measures``, and ``model_backend.api.maps.measures`` registers them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn
from urllib.parse import quote, unquote

from model_backend.api.maps.sites import Site

Value = int | str | tuple[int, ...]
"""The value of an argument: a token id, some token ids, or a name."""


class Group(StrEnum):
    """The groups of measures, in the order of the page; the value is the label that people see."""

    STREAM = "Residual stream"
    WRITES = "Writes"
    LENS = "Logit lens"
    ATTENTION = "Attention"
    NEURONS = "Neurons"
    PROBE = "Probe"


class Needs(StrEnum):
    """The input of a measure's function, and how often the function is called.

    ``model_backend/measures/inputs.py`` has the types.
    """

    STREAM = "residual stream"
    """All rows, a few positions at a time; at ``resid_mid`` a few rows and the one before them."""
    LENS = "logit lens"
    """The readings of all cells at once; a model must have a causal unembedding."""
    WRITES = "writes"
    """Writes of attention or of the MLP, each looked at by itself, a few layers at a time."""
    WEIGHTS = "attention weights"
    """The weights of one layer, as it runs; only if a request asks for attention."""
    NEURONS = "neurons"
    """Neurons, each token's by themselves, a few layers at a time; experts have none in common."""
    PROBES = "probes of a study"
    """Vectors and probes of one row; no inspection has such a measure."""


class ArgumentKind(StrEnum):
    """The kinds of arguments that a measure can take."""

    TOKEN = "token"
    TOKENS = "tokens"
    LENS = "lens"
    DIRECTION = "direction"


@dataclass(frozen=True)
class Argument:
    """One argument of a measure, such as the token whose logit it reads."""

    name: str
    kind: ArgumentKind

    def write(self, value: object) -> str:
        """The value as text without any of ``[],=+``, so that it fits a list and a file name.

        Raises:
            ValueError: the value is not of this argument's kind.
        """
        if self.kind is ArgumentKind.TOKEN:
            return self._write_id(value)
        if self.kind is ArgumentKind.TOKENS:
            ids = value if isinstance(value, list | tuple) else ()
            return "+".join(map(self._write_id, ids)) or self._refuse(value)
        return quote(value, safe=" ") if isinstance(value, str) and value else self._refuse(value)

    def read(self, text: str) -> Value:
        """The value that ``write`` wrote.

        Raises:
            ValueError: it wrote no such text.
        """
        if self.kind is ArgumentKind.TOKEN:
            return self._read_id(text)
        if self.kind is ArgumentKind.TOKENS:
            return tuple(map(self._read_id, text.split("+")))
        return unquote(text, errors="strict")

    def _read_id(self, text: str) -> int:
        return int(text) if text.isdecimal() else self._refuse(text)

    def _write_id(self, value: object) -> str:
        return str(value) if type(value) is int and value >= 0 else self._refuse(value)

    def _refuse(self, value: object) -> NoReturn:
        raise ValueError(
            f"{str(value)[:80]!r} is not a valid {self.kind} for the argument {self.name!r}."
        )


@dataclass(frozen=True)
class MeasureSpec:
    """Everything that is known of one measure.

    The page, its help, tables, readings, exports, links and the cache's schema follow from it.
    """

    id: str
    """Stored in links, files and studies; never changes."""
    group: Group
    needs: Needs
    of: Callable[..., Any]
    """The function: it takes the input that ``needs`` names, and the arguments by name."""
    definition: str
    """Definition and limits of its meaning, for the page's help."""
    caution: str
    """Meanings that a map of it allows and those it does not, for the reading."""
    subtitle: str
    """The same as the label in plainer words."""
    label: str = ""
    """The name that people see; the id unless another is given."""
    name: str = ""
    """Its attribute of ``Measure``, such as ``LENS_ENTROPY``; made from the id unless given."""
    unit: str = ""
    sites: tuple[Site, ...] = ()
    """Sites at which it can be taken, the usual one first; empty if there is no choice."""
    absent_at: Mapping[Site, str] = field(default_factory=dict)
    """Sites where no map has it, each with the reason as a sentence."""
    arguments: tuple[Argument, ...] = ()
    phrase: str = ""
    """Its name with the texts of its tokens, such as ``probability of {token}``."""
    per_layer: bool = False
    """True if each layer has its own colour range unless the reader chooses otherwise."""
    ends: tuple[float, float] | None = None
    """The values at both ends of the colours on every map; None where the map's values decide."""
    usual_ends: tuple[float, float] | None = None
    """The same, unless the reader chooses another scale."""
    is_logarithmic: bool = False
    """True if the logarithm decides the colour unless the reader chooses another scale."""
    low_is_dark: bool = False
    """True if the lowest value is the darkest, such as rank 1."""
    is_over_later: bool = False
    """True if a value is a mean over all later tokens, of which the last ones have few."""
    midpoint: float | None = None
    """The value that speaks for neither side; two colours part there."""
    number_format: str = "{value:.4g} {unit}"

    def __post_init__(self) -> None:
        words = "".join(c if c.isalnum() else "_" for c in self.id).upper()
        object.__setattr__(self, "label", self.label or self.id)
        object.__setattr__(self, "name", self.name or words)

    @property
    def is_whole(self) -> bool:
        """True if values are ranks or counts."""
        return self.number_format == "{value:,.0f}"

    @property
    def on_request(self) -> bool:
        """True if it is measured only when a request says ``attention``."""
        return self.needs is Needs.WEIGHTS

    @property
    def needs_study(self) -> bool:
        """True if it needs the probes of a study, so that no inspection has it."""
        return self.needs is Needs.PROBES
