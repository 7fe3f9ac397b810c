"""Which models exist, and how they run: data, not code. The browser chooses among these only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from model_backend.errors import BackendError

BUILTIN_FOLDER = Path(__file__).parent / "builtin"

DEVICES = ("auto", "cpu", "cuda", "mps")
DTYPES = ("auto", "float32", "bfloat16", "float16")

_HUB_ID = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)


@dataclass(frozen=True)
class CatalogueEntry:
    """One model that people may choose."""

    name: str
    """What people call it; unique in a catalogue."""
    source: str
    """A folder, or the id of a repository on the Hugging Face hub."""
    note: str = ""

    @property
    def folder(self) -> Path | None:
        """The folder that holds the model; None for a repository on the hub."""
        path = Path(self.source).expanduser()
        return path if path.is_dir() or not _HUB_ID.fullmatch(self.source) else None


@dataclass(frozen=True)
class Settings:
    """Where and how the operator wants models to run.

    Raises:
        BackendError: there is no such device or dtype, or the limit leaves no tokens.
    """

    device: str = "auto"
    dtype: str = "auto"
    max_tokens: int = 4096
    """Longer texts are refused, as are those longer than a model's own context."""

    def __post_init__(self) -> None:
        for name, value, known in (
            ("device", self.device, DEVICES),
            ("dtype", self.dtype, DTYPES),
        ):
            if value not in known:
                raise BackendError(f"The {name} {value!r} is none of {', '.join(known)}.")
        if self.max_tokens < 1:
            raise BackendError(f"The limit of tokens is at least 1; this is {self.max_tokens}.")


BUILTIN = CatalogueEntry(
    "builtin",
    str(BUILTIN_FOLDER),
    "A small model that comes with this project and needs no network.",
)


def catalogue(sources: Sequence[str] = ()) -> tuple[CatalogueEntry, ...]:
    """The models the operator named, in that order, then the built-in one.

    The first is the default. A folder goes by its last part, a repository by its id; a name that is
    taken already gets a number.
    """
    entries: dict[str, CatalogueEntry] = {}
    for source in dict.fromkeys(sources):
        if source == BUILTIN.name:
            entries[BUILTIN.name] = BUILTIN
            continue
        name = _free_name(_short_name(source), {BUILTIN.name, *entries})
        entries[name] = CatalogueEntry(name, source)
    entries.setdefault(BUILTIN.name, BUILTIN)
    return tuple(entries.values())


def _short_name(source: str) -> str:
    folder = CatalogueEntry("", source).folder
    return source if folder is None else folder.resolve().name or source


def _free_name(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name} ({number})"
    return candidate
