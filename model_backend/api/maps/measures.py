"""The names of measures, with their arguments, and the registry of their rows.

Importing ``model_backend`` fills the registry from the files in ``model_backend/measures``.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from model_backend.api.maps.measure_specs import ArgumentKind, Group, MeasureSpec, Needs, Value

_OPEN = " ["
"""Between an id and its arguments."""

_SPECS: dict[str, MeasureSpec] = {}
_WITHOUT_ARGUMENTS: "dict[str, Measure]" = {}
"""One object for each, so that ``is`` works as with an enumeration."""


class _MeasureNames(type):
    """Lets ``Measure`` be used like an enumeration of the measures that take no arguments."""

    def __iter__(cls) -> "Iterator[Measure]":
        for spec in measure_specs():
            if not spec.arguments:
                yield _WITHOUT_ARGUMENTS[spec.id]

    def __len__(cls) -> int:
        return len(_WITHOUT_ARGUMENTS)

    def __contains__(cls, text: object) -> bool:
        try:
            return isinstance(text, str) and bool(Measure(text))
        except ValueError:
            return False

    def __getattr__(cls, name: str) -> "Measure":
        for measure in _WITHOUT_ARGUMENTS.values():
            if measure.spec.name == name:
                return measure
        raise AttributeError(f"There is no measure {name}.")

    def __dir__(cls) -> list[str]:
        return [*super().__dir__(), *(measure.spec.name for measure in cls)]


class Measure(str, metaclass=_MeasureNames):
    """The name of a measure: its id and, in brackets, its arguments.

    ``Measure.LENS_ENTROPY`` is ``Measure("lens entropy")``; ``Measure(id, token=262)`` has an
    argument and is the string ``"id [token=262]"``. Equal measures are equal strings, so the string
    is what requests, links and files hold.

    Raises:
        ValueError: there is no such measure, it takes other arguments, or the string is not written
            in the one way that counts.
    """

    __slots__ = ()

    def __new__(cls, text: object, /, **arguments: object) -> "Measure":
        id_, bracket, written = text.partition(_OPEN) if isinstance(text, str) else ("", "", "")
        spec = _SPECS.get(id_)
        if spec is None or not isinstance(text, str):
            raise ValueError(f"There is no measure {str(text)[:80]!r}.")
        if text in _WITHOUT_ARGUMENTS and not arguments:
            return _WITHOUT_ARGUMENTS[text]
        if not arguments:
            arguments = dict(_read_arguments(spec, written))
        canonical = id_ + _write_arguments(spec, arguments)
        if bracket and canonical != text:
            raise ValueError(f"Write this measure as {canonical[:80]!r}, not as {text[:80]!r}.")
        return super().__new__(cls, canonical)

    def __repr__(self) -> str:
        return f"Measure({str(self)!r})"

    @classmethod
    def named(cls, name: str) -> "Measure | None":
        """The measure that a grid is of, by its id or its label; None if it is of something else.

        A grid of a difference or of AUCs has a name of its own.
        """
        label, bracket, rest = name.partition(_OPEN)
        ids = [spec.id for spec in _SPECS.values() if label in (spec.id, spec.label)]
        text = f"{ids[0]}{bracket}{rest}" if ids else name
        return cls(text) if text in cls else None

    @property
    def value(self) -> str:
        """The plain string, for files."""
        return str(self)

    @property
    def id(self) -> str:
        return self.partition(_OPEN)[0]

    @property
    def spec(self) -> MeasureSpec:
        """Everything that is known of it."""
        return _SPECS[self.id]

    @property
    def arguments(self) -> Mapping[str, Value]:
        """The measure's arguments by name, in the order of its spec."""
        return dict(_read_arguments(self.spec, self.partition(_OPEN)[2]))

    @property
    def label(self) -> str:
        """The name that people see, with the arguments."""
        return self.spec.label + self[len(self.id) :]

    @property
    def token_ids(self) -> tuple[int, ...]:
        """The ids of the tokens that its arguments name."""
        kinds = {one.name: one.kind for one in self.spec.arguments}
        of_token = ArgumentKind.TOKEN
        return tuple(
            value
            for name, value in self.arguments.items()
            if kinds[name] is of_token and isinstance(value, int)
        )

    def phrase(self, text_of: Callable[[int], str]) -> str:
        """The name that people see, with the texts of its tokens in place of their ids."""
        phrase, texts = self.spec.phrase, map(text_of, self.token_ids)
        if not phrase:
            return self.label
        return phrase.format(**dict(zip(self.arguments, texts, strict=True)))

    def compute(self, given: Any) -> Any:
        """The numbers, from the input that its spec needs."""
        spec = self.spec
        return spec.of(given, **self.arguments) if spec.arguments else spec.of(given)


def register(*specs: MeasureSpec) -> None:
    """Add measures.

    Raises:
        ValueError: an id, a label or an attribute is taken, or an id holds a bracket.
    """
    for spec in specs:
        taken = {word for one in _SPECS.values() for word in (one.id, one.label, one.name)}
        if "[" in spec.id + spec.label or not taken.isdisjoint((spec.id, spec.label, spec.name)):
            raise ValueError(f"The measure {spec.id!r} has a bracket or a name that is taken.")
        _SPECS[spec.id] = spec
        if not spec.arguments:
            _WITHOUT_ARGUMENTS[spec.id] = str.__new__(Measure, spec.id)


def unregister(*specs: MeasureSpec) -> None:
    """Remove measures, such as those of a test."""
    for spec in specs:
        del _SPECS[spec.id]
        _WITHOUT_ARGUMENTS.pop(spec.id, None)


def measure_specs() -> list[MeasureSpec]:
    """All rows, group by group as on the page."""
    order = list(Group)
    return sorted(_SPECS.values(), key=lambda spec: order.index(spec.group))


def measures_that_need(needs: Needs) -> frozenset[Measure]:
    """The measures without arguments that are computed from this input."""
    return frozenset(measure for measure in Measure if measure.spec.needs is needs)


def hash_specs() -> str:
    """A digest of what cached numbers depend on: names, sites, units, inputs and arguments."""
    rows = [
        (spec.id, spec.needs, spec.unit, spec.sites, sorted(spec.absent_at),
         [(argument.name, argument.kind) for argument in spec.arguments])
        for spec in sorted(_SPECS.values(), key=lambda spec: spec.id)
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _read_arguments(spec: MeasureSpec, written: str) -> Iterator[tuple[str, Value]]:
    """Parse ``token=262]``. The caller refuses other spellings by formatting the result again."""
    parts = written.removesuffix("]").split(",") if written else []
    texts = dict(part.partition("=")[::2] for part in parts)
    _check_names(spec, texts)
    for argument in spec.arguments:
        yield argument.name, argument.read(texts[argument.name])


def _write_arguments(spec: MeasureSpec, arguments: Mapping[str, object]) -> str:
    _check_names(spec, arguments)
    written = [f"{one.name}={one.write(arguments[one.name])}" for one in spec.arguments]
    return f"{_OPEN}{','.join(written)}]" if written else ""


def _check_names(spec: MeasureSpec, given: Mapping[str, object]) -> None:
    names = [argument.name for argument in spec.arguments]
    if given.keys() != set(names):
        takes = ", ".join(names) or "no arguments"
        said = ", ".join(map(repr, given)) or "none"
        raise ValueError(f"The measure {spec.id!r} takes {takes}; given: {said[:80]}.")
