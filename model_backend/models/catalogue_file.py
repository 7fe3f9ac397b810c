"""Reads a catalogue of models from a TOML file with one ``[[model]]`` table per model.

[[model]]
name = "Qwen 0.6B"
repo = "Qwen/Qwen3-0.6B"    # or: folder = "~/models/mine", or file = "~/models/mine.gguf"
file = "qwen3-q8_0.gguf"    # where the model is one GGUF file of the repository
revision = "main"           # this and the following keys are optional
dtype = "bfloat16"
quantize = "8bit"
adapter = "someone/their-lora"
note = "Good at sums"       # tooltip of the model's name
"""

import tomllib
from pathlib import Path
from typing import Any

from model_backend.api.errors import BackendError
from model_backend.api.validation import expand_home
from model_backend.models.catalogue import BUILTIN, DTYPES, QUANTIZATIONS, CatalogueEntry, folder_of
from model_backend.models.gguf.header import is_gguf

KEYS = ("name", "repo", "file", "folder", "revision", "dtype", "quantize", "adapter", "note")
CHOICES = {"dtype": DTYPES, "quantize": QUANTIZATIONS}


def read_catalogue(path: Path) -> tuple[CatalogueEntry, ...]:
    """Read the models of a catalogue file, in its order; relative folders start at the file.

    Raises:
        BackendError: the file cannot be read, or a table differs from the example above.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BackendError(f"The catalogue {path} cannot be read: {error}") from error
    tables = content.get("model")
    if not isinstance(tables, list) or set(content) != {"model"}:
        raise BackendError(f"The catalogue {path} needs one [[model]] table for each model.")
    entries: dict[str, CatalogueEntry] = {}
    for number, table in enumerate(tables, start=1):
        entry = _read_entry(f"Model {number} of the catalogue {path}", table, path.parent)
        if entry.name in entries or entry.name == BUILTIN.name:
            raise BackendError(f"The name {entry.name!r} is twice in the catalogue {path}.")
        entries[entry.name] = entry
    return tuple(entries.values())


def _read_entry(which: str, table: dict[str, Any], beside: Path) -> CatalogueEntry:
    _check_table(which, table)
    source = table.get("repo") or str(_absolute(table.get("folder") or table["file"], beside))
    adapter = table.get("adapter", "")
    if adapter and (beside / expand_home(adapter)).is_dir():
        adapter = str(_absolute(adapter, beside))
    own = {key: table.get(key, "") for key in ("note", "revision", "dtype", "quantize")}
    file = table.get("file", "") if "repo" in table else ""
    return CatalogueEntry(table["name"], source, adapter=adapter, file=file, **own)


def _check_table(which: str, table: dict[str, Any]) -> None:
    unknown = sorted(set(table) - set(KEYS))
    if unknown:
        raise BackendError(f"{which} has {unknown[0]!r}, which is none of {', '.join(KEYS)}.")
    for key, value in table.items():
        if not isinstance(value, str) or not value.strip():
            raise BackendError(f"{which}: {key} is text; this is {value!r}.")
        if value not in CHOICES.get(key, (value,)):
            raise BackendError(f"{which}: {key} {value!r} is none of {', '.join(CHOICES[key])}.")
    if "name" not in table:
        raise BackendError(f"{which} has no name.")
    if len(places := {"repo", "folder"} & set(table)) != 1 and (places or "file" not in table):
        raise BackendError(f"{which} needs either a repo (on the hub) or a local folder.")
    if "file" in table and ("folder" in table or not is_gguf(Path(table["file"]))):
        raise BackendError(
            f"{which}: file is a GGUF file, of the repo or of this machine; this is "
            f"{table['file']!r}."
        )
    if "repo" in table and folder_of(table["repo"]) is not None:
        raise BackendError(f"{which}: {table['repo']!r} is not the id of a repository on the hub.")


def _absolute(folder: str, beside: Path) -> Path:
    return (beside / expand_home(folder)).resolve()
