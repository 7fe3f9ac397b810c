"""A view's whole state as a link, and back: ``#explore/2.eNqr...``, which no server ever logs.

After the view's name stand the version of the format, a full stop, and the state as JSON,
compressed with zlib and written in base64url. assets/links/ writes links while a person works and
hands those that are opened to ``read_link``, the only reader; ``write_link`` does it in Python.
"""

import base64
import binascii
import math
import zlib
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson

from dashboard.page.ids import MapIds
from model_backend import BadRequest

VERSION = 2
"""To be raised with every change of the format; ``_READERS`` goes on reading all before it."""

MOST_CHARACTERS = 2_000_000
MOST_BYTES = 4 * 2**20
"""The largest link, and the largest state that one may unpack to."""

MOST_CELLS = 100
TOO_SHORT = "This link is cut short or altered, so its state cannot be read. Ask for it once more."


KEPT: Final = object()
"""The default of a field that stays as it is when a link does not name it."""


class Kind(StrEnum):
    """Type of the value of a field."""

    TEXT = "text"
    SWITCH = "switch"
    CHOICE = "choice"
    MODEL = "model"
    STUDY = "study"
    NUMBER = "number"
    TEXTS = "texts"
    JSON = "json"


Has = Mapping[Kind, Callable[[str], bool]]
"""For models and for studies, whether one of that name is here."""


@dataclass(frozen=True)
class Field:
    """One property of one component that belongs to a view's state, under a name that stays."""

    name: str
    id: str
    property: str = "value"
    kind: Kind = Kind.TEXT
    choices: Container[str] = ()
    """Allowed choices; ``Measure`` allows every measure with its arguments."""
    from_request: tuple[str, ...] = ()
    """The map (its prefix) and the key in that map's request from which a link takes the value:
    what is on screen, and not what was typed since. An empty key is the whole request."""
    only_if: tuple[str, ...] = ()
    """Another field and its value, without which this one counts for nothing and is in no link."""
    default: Any = KEPT
    """The value in links that do not name this field, which may be older than it."""


@dataclass(frozen=True)
class UrlState:
    """State of a view in a link, declared by the view beside its layout."""

    view: str
    fields: tuple[Field, ...]
    maps: tuple[MapIds, ...] = ()
    more_maps: tuple[MapIds, ...] = ()
    """Maps that are only sometimes there; what a link says of them it says when they are."""
    run: str = ""
    """A store; whatever is written into it makes the view compute with what its fields say."""
    starts: bool = False
    """True if the view computes something when it is first shown without a link."""


@dataclass(frozen=True)
class ParsedLink:
    """A link that has been read: what to set, what to show again, and what to say of it."""

    view: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)
    maps: Mapping[str, Any] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    complete: bool = False
    """True if this server can compute the same picture."""


def write_link(view: str, state: Mapping[str, Any]) -> str:
    """The fragment of a state: ``{"parts": {name: value}, "maps": {prefix: ...}}``."""
    packed = base64.urlsafe_b64encode(zlib.compress(orjson.dumps(state), 9))
    return f"#{view}/{VERSION}.{packed.decode().rstrip('=')}"


def read_link(
    fragment: str,
    views: Sequence[UrlState],
    has_model: Callable[[str], bool],
    has_study: Callable[[str], bool],
) -> ParsedLink:
    """Read a fragment as far as this server understands it; never raises for any string."""
    view, _, rest = fragment.removeprefix("#").partition("/")
    linked = next((one for one in views if one.view == view), None)
    if linked is None:
        return ParsedLink(said=(f"This link is of a view named {view[:40]!r}, which is not here.",))
    try:
        state = _read_state(rest)
    except BadRequest as error:
        return ParsedLink(view, said=(str(error),))
    return _check(linked, state, {Kind.MODEL: has_model, Kind.STUDY: has_study})


def _read_state(rest: str) -> dict[str, Any]:
    if len(rest) > MOST_CHARACTERS:
        raise BadRequest(
            f"This link has {len(rest):,} characters; the longest that is read has "
            f"{MOST_CHARACTERS:,}."
        )
    version, _, packed = rest.partition(".")
    reader = _READERS.get(version)
    if reader is None and version.isdecimal() and len(version) < 6 and int(version) > VERSION:
        raise BadRequest(
            f"This link was written by a newer Layerscope (format {version}); this one reads up "
            f"to {VERSION}."
        )
    if reader is None:
        raise BadRequest(TOO_SHORT)
    state = reader(packed)
    if not isinstance(state, dict):
        raise BadRequest(TOO_SHORT)
    return state


def _unpack(packed: str) -> Any:
    try:
        squeezed = base64.b64decode(
            packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True
        )
        unpacking = zlib.decompressobj()
        unpacked = unpacking.decompress(squeezed, MOST_BYTES)
        if unpacking.unconsumed_tail:
            raise BadRequest(f"This link unpacks to more than {MOST_BYTES // 2**20} MB: not read.")
        if not unpacking.eof:
            raise BadRequest(TOO_SHORT)
        return orjson.loads(unpacked)
    except (binascii.Error, zlib.error, ValueError) as error:
        raise BadRequest(TOO_SHORT) from error


_READERS = {"1": _unpack, "2": _unpack}
"""2 has questions, sites and special tokens in Compare, the other map in Probe, and more maps; what
is said in 1 means the same."""


def _check(linked: UrlState, state: dict[str, Any], has: Has) -> ParsedLink:
    """Keep what is known and sound; say what is not.

    Without its model a text is kept, but nothing that would set off a computation with another.
    Without its study it is shown, but not by another study that would look like this one.
    """
    given, maps = (_as_dict(state.get(name)) for name in ("parts", "maps"))
    asked_for = [
        field_ for field_ in linked.fields if field_.name in given and _counts(field_, given)
    ]
    faults = {field_: _fault(field_, given[field_.name], has) for field_ in asked_for}
    complete = not any(
        fault for field_, fault in faults.items() if field_.kind not in (Kind.CHOICE, Kind.STUDY)
    )
    lost = [
        field_.only_if for field_, fault in faults.items() if fault and field_.kind is Kind.STUDY
    ]
    parts = {
        field_.name: given[field_.name]
        for field_, fault in faults.items()
        if not fault and (complete or field_.kind in (Kind.TEXT, Kind.TEXTS, Kind.CHOICE))
        if field_.only_if not in lost and (field_.name, given[field_.name]) not in lost
    }
    given_maps = [ids.prefix for ids in (*linked.maps, *linked.more_maps)]
    kept = {prefix: check_map(maps.get(prefix)) for prefix in given_maps}
    parts = {**(_defaults(linked, given) if asked_for else {}), **parts}
    return ParsedLink(linked.view, parts, kept, tuple(filter(None, faults.values())), complete)


def _defaults(linked: UrlState, given: Mapping[str, Any]) -> dict[str, Any]:
    unnamed = (field_ for field_ in linked.fields if field_.name not in given)
    return {field_.name: field_.default for field_ in unnamed if field_.default is not KEPT}


def _as_dict(given: Any) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def _counts(field_: Field, given: dict[str, Any]) -> bool:
    """True if the field that this one depends on has the required value."""
    return not field_.only_if or given.get(field_.only_if[0]) == field_.only_if[1]


def _fault(field_: Field, value: Any, has: Has) -> str:
    """Sentence on why a value cannot be set; empty if it can."""
    if not _is_of(field_.kind, value):
        return f"The {field_.name.replace('_', ' ')} in this link is not readable and was left out."
    said = str(value)
    if field_.kind is Kind.CHOICE and value not in field_.choices:
        return f"This link asks for the {field_.name} {said[:60]!r}, which is not known here."
    if field_.kind is Kind.STUDY and not has[Kind.STUDY](said):
        return (
            f"This link shows the probe score of the study {said[:120]}, which this server does "
            "not have. Its text is kept; bring the study in Probe to see its score."
        )
    if field_.kind is Kind.MODEL and not has[Kind.MODEL](said):
        return (
            f"This link is of the model {said[:120]}, which this server does not have. Its text "
            "is kept: choose another model to see what that makes of it."
        )
    return ""


def _is_of(kind: Kind, value: object) -> bool:
    if kind is Kind.NUMBER:
        return type(value) is int or (type(value) is float and math.isfinite(value))
    if kind is Kind.TEXTS:
        return isinstance(value, list) and all(isinstance(text, str) for text in value)
    return type(value) is {Kind.SWITCH: bool, Kind.JSON: dict}.get(kind, str)


def check_map(given: Any) -> dict[str, Any]:
    """Keep ranges of two numbers and cells of row and column; leave out anything else."""
    if not isinstance(given, dict):
        return {}
    ranges = {axis: given[axis] for axis in ("x", "y") if _is_range(given.get(axis))}
    cells = {"open": given["open"]} if _is_cell(given.get("open")) else {}
    pins = given.get("pins")
    pins = [cell for cell in pins if _is_cell(cell)] if isinstance(pins, list) else []
    revision = given.get("revision")
    named = {"revision": revision[:200]} if isinstance(revision, str) else {}
    return {**ranges, **cells, **named, "pins": pins[:MOST_CELLS]}


def _is_range(given: Any) -> bool:
    if not isinstance(given, list) or len(given) != 2:
        return False
    numbers = all(type(end) in (int, float) and math.isfinite(end) for end in given)
    return numbers and -1 <= given[0] < given[1] <= 1e7


def _is_cell(given: Any) -> bool:
    return (
        isinstance(given, list)
        and len(given) == 2
        and all(type(at) is int and 0 <= at < 1e7 for at in given)
    )
