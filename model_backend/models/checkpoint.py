"""Checks a model's folder for completeness and safety before any weights are read.

Imports no torch. Each refusal is a sentence for the page.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model_backend.api.errors import ModelUnavailable
from model_backend.models.hashing import hash_file, hash_files

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
WEIGHTS = "model.safetensors"
TEMPLATE = "chat_template.jinja"
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
)
VOCABULARY_FILES = frozenset(TOKENIZER_FILES) - {
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
}
"""Files with a vocabulary; a tokenizer needs at least one of them."""


@dataclass(frozen=True)
class Checkpoint:
    """A folder with config, tokenizer and weights."""

    name: str
    folder: Path
    weight_files: tuple[Path, ...]
    revision: str
    tokenizer_hash: str


def check_description(folder: Path) -> None:
    """Refuse an unsuitable model by its small files, before its weights are downloaded.

    Raises:
        ModelUnavailable: config or tokenizer are missing, or the model needs code of its own.
    """
    if not folder.is_dir():
        raise ModelUnavailable(f"There is no folder {folder}. Check the name given to --model.")
    if (folder / "adapter_config.json").exists():
        raise ModelUnavailable(
            f"{folder} holds an adapter. Add it with --adapter MODEL={folder.name}, where MODEL "
            "is the model it was trained on."
        )
    files = sorted(folder.glob("*.gguf"))
    if files and not (folder / CONFIG).exists():
        raise ModelUnavailable(
            f"{folder} has no config.json, but a GGUF file. Name the file itself: {files[0]}."
        )
    _refuse_own_code(folder, CONFIG, read_json(folder / CONFIG))
    if (folder / "tokenizer_config.json").exists():
        settings = read_json(folder / "tokenizer_config.json")
        _refuse_own_code(folder, "tokenizer_config.json", settings)
    if not any((folder / name).exists() for name in VOCABULARY_FILES):
        raise ModelUnavailable(
            f"{folder} has no tokenizer. Save one beside the model with "
            "tokenizer.save_pretrained, which writes tokenizer.json."
        )


def open_checkpoint(name: str, folder: Path, *, revision: str | None = None) -> Checkpoint:
    """Check a folder, and find its weight files and its revision.

    Without a ``revision`` from the hub, the revision is a hash of config, tokenizer and weights,
    and so it is the same for every copy of the folder.

    Raises:
        ModelUnavailable: the folder is unsuitable, or weights are missing or not safetensors.
    """
    check_description(folder)
    weight_files = tuple(folder / weights for weights in weight_names(folder))
    for path in weight_files:
        if not path.is_file():
            raise ModelUnavailable(
                f"{path.name} is missing from {folder}, though {INDEX} lists it. "
                "Copy or download the model again."
            )
    tokenizer_hash = hash_files(folder / tokenizer for tokenizer in TOKENIZER_FILES)
    if not revision:
        described = hash_files([folder / CONFIG, folder / INDEX, folder / TEMPLATE])
        state = (tokenizer_hash, described, hash_files(weight_files))
        revision = hashlib.sha256("\n".join(state).encode()).hexdigest()
    return Checkpoint(name, folder, weight_files, revision, tokenizer_hash)


def open_gguf(name: str, path: Path) -> Checkpoint:
    """A GGUF file, which has everything in it; its hash is the revision."""
    revision = hash_file(path)
    return Checkpoint(name, path.parent, (path,), revision, tokenizer_hash=revision)


def weight_names(folder: Path) -> tuple[str, ...]:
    """Names of the weight files, including those that are not downloaded yet.

    Raises:
        ModelUnavailable: there are no weights, or only in a format that can run code.
    """
    if (folder / WEIGHTS).exists():
        return (WEIGHTS,)
    if (folder / INDEX).exists():
        weight_map = read_json(folder / INDEX).get("weight_map")
        if not isinstance(weight_map, dict) or not weight_map:
            raise ModelUnavailable(f"{folder / INDEX} names no weights. Download the model again.")
        names = sorted({Path(str(name)).name for name in weight_map.values()})
        return tuple(names)
    if any(folder.glob("*.bin")) or any(folder.glob("*.pt")) or any(folder.glob("*.pth")):
        raise ModelUnavailable(
            f"The weights in {folder} are in a format that can run code, so they are not opened. "
            "Save them as safetensors with model.save_pretrained."
        )
    raise ModelUnavailable(f"{folder} holds no weights. They are expected in {WEIGHTS}.")


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object from a file.

    Raises:
        ModelUnavailable: the file is missing or holds no JSON object.
    """
    try:
        value = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ModelUnavailable(
            f"{path.parent} has no {path.name}. Name a folder written by model.save_pretrained."
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ModelUnavailable(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(value, dict):
        raise ModelUnavailable(f"{path} holds a JSON {type(value).__name__}, not an object.")
    return value


def _refuse_own_code(folder: Path, name: str, settings: dict[str, Any]) -> None:
    if settings.get("auto_map"):
        raise ModelUnavailable(
            f"The model in {folder} needs Python code of its own ({name} has an auto_map), and "
            "code that comes with a model is never run here. Choose a model that transformers "
            "supports without such code."
        )
