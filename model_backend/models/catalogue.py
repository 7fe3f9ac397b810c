"""The models that the browser may choose, and the settings they run with, as data."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from model_backend.api.errors import BackendError
from model_backend.api.validation import expand_home
from model_backend.models.gguf.header import is_gguf

BUILTIN_FOLDER = Path(__file__).parents[1] / "builtin"

DEVICES = ("auto", "cpu", "cuda", "mps")
DTYPES = ("auto", "float32", "bfloat16", "float16")
QUANTIZATIONS = ("none", "8bit", "4bit")

_GPU = re.compile(r"cuda:[0-9]{1,3}", re.ASCII)
_HUB_ID = re.compile(r"\w[\w.-]*(/\w[\w.-]*)?", re.ASCII)


@dataclass(frozen=True)
class CatalogueEntry:
    """One model that people may choose."""

    name: str
    """Name on the page; unique in a catalogue."""
    source: str
    """A folder, a GGUF file, or the id of a repository on the Hugging Face hub."""
    note: str = ""
    revision: str = ""
    """A branch, tag or commit of the repository; for a folder, the first digits of its hash."""
    dtype: str = ""
    """Number type of the weights; empty for the type in ``Settings``."""
    quantize: str = ""
    """Quantization of the weights to 8 or 4 bits; empty for the choice in ``Settings``."""
    adapter: str = ""
    """Folder or repository of an adapter that is merged into the weights; empty for none."""
    file: str = ""
    """The GGUF file of the repository that is the model; empty where the model is all of it."""

    @property
    def folder(self) -> Path | None:
        """The folder or GGUF file that holds the model; None for a repository on the hub."""
        return folder_of(self.source)


def folder_of(source: str) -> Path | None:
    """The folder or GGUF file that a source names; None where it is the id of a repository."""
    path = expand_home(source)
    if path.is_dir() or is_gguf(path) or not _HUB_ID.fullmatch(source):
        return path
    return None


def is_device(name: str) -> bool:
    """True for the name of a device; whether this machine has it is seen when a model loads."""
    return name in DEVICES or _GPU.fullmatch(name) is not None


@dataclass(frozen=True)
class Settings:
    """Device, number type, text limit and quantization that the operator chose for all models.

    Raises:
        BackendError: an unknown device, dtype or quantisation, or a limit below one token.
    """

    device: str = "auto"
    dtype: str = "auto"
    max_tokens: int = 4096
    """Longer texts are refused, and so are texts longer than the model's context."""
    quantize: str = "none"

    def __post_init__(self) -> None:
        if not is_device(self.device):
            there = ", ".join(DEVICES)
            raise BackendError(
                f"The device {self.device!r} is none of {there}, nor one GPU, such as cuda:0."
            )
        for name, value, choices in (
            ("dtype", self.dtype, DTYPES),
            ("quantisation", self.quantize, QUANTIZATIONS),
        ):
            if value not in choices:
                raise BackendError(f"The {name} {value!r} is none of {', '.join(choices)}.")
        if self.max_tokens < 1:
            raise BackendError(f"The limit of tokens is at least 1; this is {self.max_tokens}.")

    def for_entry(self, entry: CatalogueEntry) -> "Settings":
        """These settings, with the dtype and quantization of a catalogue entry if it has any."""
        dtype, quantize = entry.dtype or self.dtype, entry.quantize or self.quantize
        return replace(self, dtype=dtype, quantize=quantize)


BUILTIN = CatalogueEntry(
    "builtin",
    str(BUILTIN_FOLDER),
    "A small model that comes with this project and needs no network.",
)


def catalogue(
    sources: Sequence[str] = (),
    described: Iterable[CatalogueEntry] = (),
    *,
    adapters: Iterable[str] = (),
) -> tuple[CatalogueEntry, ...]:
    """List the models from the command line, then from a file, then the built-in model.

    The first is the default. A folder goes by its last part, a GGUF file by its name without the
    ending, a repository by its id; a name that is taken already gets a number.
    An adapter is given as ``MODEL=ADAPTER`` and offered beside the model it belongs to, which is an
    entry's name or source.

    Raises:
        BackendError: an adapter is written otherwise, or its model is not in the catalogue.
    """
    entries = {entry.name: entry for entry in described}
    named: dict[str, CatalogueEntry] = {}
    for source in dict.fromkeys(sources):
        if source == BUILTIN.name:
            named[BUILTIN.name] = BUILTIN
            continue
        name = _free_name(_short_name(source), {BUILTIN.name, *entries, *named})
        named[name] = CatalogueEntry(name, source)
    entries = {**named, **entries}
    entries.setdefault(BUILTIN.name, BUILTIN)
    for adapter in adapters:
        adapted = _add_adapter(adapter, entries)
        entries[adapted.name] = adapted
    return tuple(entries.values())


def _add_adapter(setting: str, entries: Mapping[str, CatalogueEntry]) -> CatalogueEntry:
    model, _, adapter = setting.partition("=")
    if not model or not adapter:
        raise BackendError(f"--adapter takes MODEL=ADAPTER; this is {setting!r}.")
    base = next((entry for entry in entries.values() if model in (entry.name, entry.source)), None)
    if base is None:
        raise BackendError(
            f"--adapter {setting} names the model {model!r}, which is not in the catalogue. "
            f"Models: {', '.join(entries)}."
        )
    name = _free_name(f"{base.name} + {_short_name(adapter)}", set(entries))
    return replace(base, name=name, adapter=adapter)


def _short_name(source: str) -> str:
    folder = folder_of(source)
    if folder is None:
        return source
    return folder.stem if is_gguf(folder) else folder.resolve().name or source


def _free_name(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name} ({number})"
    return candidate
