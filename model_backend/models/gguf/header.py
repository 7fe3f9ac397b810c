"""Reads the header of a GGUF file: its metadata, and the place of each weight.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Reads no weights and imports
no torch, so that an unsuitable file is refused at once.
"""

import mmap
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from model_backend.api.errors import ModelUnavailable

SUFFIX = ".gguf"
MAGIC = b"GGUF"
VERSIONS = (2, 3)
ALIGNMENT = 32
"""Default alignment of weights in bytes, for files without an alignment of their own."""

_NUMBERS = dict(enumerate(("B", "b", "H", "h", "I", "i", "f", "?", None, None, "Q", "q", "d")))
_STRING, _ARRAY = 8, 9
_AS_THEY_ARE = ("F32", "F16", "BF16")


@dataclass(frozen=True)
class StoredTensor:
    """One tensor of the file."""

    name: str
    shape: tuple[int, ...]
    """Shape in torch's order: the last dimension is contiguous."""
    kind: str
    """Name of the number type, such as ``F32`` or ``Q4_1``."""
    start: int
    n_bytes: int

    @property
    def n_weights(self) -> int:
        """Number of weights in the tensor."""
        return prod(self.shape)


@dataclass(frozen=True, eq=False)
class GgufHeader:
    """Metadata and tensors of a file; ``metadata`` has the length of each array in its place."""

    path: Path
    metadata: dict[str, Any]
    tensors: tuple[StoredTensor, ...]

    @property
    def architecture(self) -> str:
        """Architecture of the model, such as ``llama``."""
        return str(self.metadata.get("general.architecture", ""))

    @property
    def stored(self) -> str:
        """Number types of the matrices, the most common first, such as ``Q4_K and Q6_K``."""
        counts = Counter[str]()
        for tensor in self.tensors:
            if len(tensor.shape) > 1:
                counts[tensor.kind] += tensor.n_weights
        return " and ".join(kind for kind, _ in counts.most_common())

    @property
    def plain_dtype(self) -> str | None:
        """Torch's name of the number type of a file; None if weights are quantised."""
        kinds = {tensor.kind for tensor in self.tensors}
        if not kinds <= set(_AS_THEY_ARE):
            return None
        names = {"BF16": "bfloat16", "F16": "float16"}
        return next((name for kind, name in names.items() if kind in kinds), "float32")


def is_gguf(path: Path) -> bool:
    """True for a name that ends in ``.gguf``; ``read_header`` checks the content."""
    return path.suffix.lower() == SUFFIX


def read_header(path: Path) -> GgufHeader:
    """Read the header of a file, and check that the file holds every weight of its table.

    Raises:
        ModelUnavailable: it is not a GGUF file of a model, is cut off, or is a part of a model.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            header, size = _read(path, _Cursor(data)), len(data)
    except FileNotFoundError as error:
        raise ModelUnavailable(
            f"There is no file {path}. Check the name given to --model."
        ) from error
    except (struct.error, UnicodeDecodeError, _CutOff) as error:
        raise _cut_off(path) from error
    except (OSError, ValueError) as error:
        raise ModelUnavailable(f"{path} cannot be read: {error}.") from error
    _check_whole(header, size)
    _check_is_a_model(header)
    return header


class _CutOff(Exception):
    """The file ends before the end of its header."""


class _Cursor:
    """Reads values from the file, one after the other."""

    def __init__(self, data: mmap.mmap) -> None:
        self._data, self.at = data, 0

    def take(self, n_bytes: int) -> bytes:
        self.skip(n_bytes)
        return self._data[self.at - n_bytes : self.at]

    def skip(self, n_bytes: int) -> None:
        self.at += n_bytes
        if self.at > len(self._data):
            raise _CutOff

    def number(self, form: str) -> Any:
        return struct.unpack(f"<{form}", self.take(struct.calcsize(f"<{form}")))[0]

    def text(self) -> str:
        return self.take(self.number("Q")).decode("utf-8")

    def value(self) -> Any:
        """Read a metadata value; an array is skipped and gives its length."""
        kind = self.number("I")
        if kind == _STRING:
            return self.text()
        return self._array() if kind == _ARRAY else self.number(_form(kind))

    def _array(self) -> int:
        kind, count = self.number("I"), int(self.number("Q"))
        if kind != _STRING:
            self.skip(count * struct.calcsize(f"<{_form(kind)}"))
            return count
        for _ in range(count):
            self.skip(self.number("Q"))
        return count


def _form(kind: int) -> str:
    form = _NUMBERS.get(kind)
    if form is None:
        raise _CutOff
    return form


def _read(path: Path, cursor: _Cursor) -> GgufHeader:
    if cursor.take(len(MAGIC)) != MAGIC:
        raise ModelUnavailable(
            f"{path} is no GGUF file: it does not begin with the letters GGUF. Name a file that "
            "llama.cpp wrote, or a folder that save_pretrained wrote."
        )
    version = cursor.number("I")
    if version not in VERSIONS:
        raise ModelUnavailable(
            f"{path} is of version {version} of the GGUF format; versions 2 and 3 are read here."
        )
    n_tensors, n_values = cursor.number("Q"), cursor.number("Q")
    metadata = {cursor.text(): cursor.value() for _ in range(n_values)}
    tensors = [_read_tensor(path, cursor) for _ in range(n_tensors)]
    alignment = int(metadata.get("general.alignment", ALIGNMENT)) or ALIGNMENT
    start = -(-cursor.at // alignment) * alignment
    return GgufHeader(path, metadata, tuple(_placed(tensors, start)))


def _read_tensor(path: Path, cursor: _Cursor) -> StoredTensor:
    """Read an entry of the table of tensors; its start is relative to the first tensor."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    name, n_dimensions = cursor.text(), cursor.number("I")
    shape = tuple(reversed([cursor.number("Q") for _ in range(n_dimensions)]))
    number, start = cursor.number("I"), cursor.number("Q")
    try:
        kind = GGMLQuantizationType(number)
    except ValueError as error:
        raise ModelUnavailable(
            f"{path} holds weights of number type {number} ({name}), which is not known here."
        ) from error
    block, block_bytes = GGML_QUANT_SIZES[kind]
    return StoredTensor(name, shape, kind.name, start, prod(shape) // block * block_bytes)


def _placed(tensors: list[StoredTensor], start: int) -> Iterator[StoredTensor]:
    for tensor in tensors:
        place = start + tensor.start
        yield StoredTensor(tensor.name, tensor.shape, tensor.kind, place, tensor.n_bytes)


def _check_whole(header: GgufHeader, size: int) -> None:
    end = max((tensor.start + tensor.n_bytes for tensor in header.tensors), default=0)
    if end > size:
        raise _cut_off(header.path, f": it has {size:,} bytes of {end:,}")


def _check_is_a_model(header: GgufHeader) -> None:
    parts = header.metadata.get("split.count", 1)
    if isinstance(parts, int) and parts > 1:
        raise ModelUnavailable(
            f"{header.path} is one of {parts} parts of a model. Join them into one file first: "
            "llama-gguf-split --merge, which comes with llama.cpp, does."
        )
    kind = header.metadata.get("general.type", "model")
    if kind != "model" or not header.tensors:
        held = f"is of type {kind!r}" if kind != "model" else "holds no weights"
        raise ModelUnavailable(f"{header.path} {held}: it is not a whole model. Name one that is.")


def _cut_off(path: Path, why: str = "") -> ModelUnavailable:
    return ModelUnavailable(f"{path} is cut off or damaged{why}. Copy or download the file again.")
