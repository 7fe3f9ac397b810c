"""Reads the weights of a GGUF file as unquantised numbers under transformers' names.

transformers maps the names, and skips weights without a place in the model.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from torch import Tensor
from transformers.modeling_gguf_pytorch_utils import (
    TENSOR_PROCESSORS,
    TensorProcessor,
    get_gguf_hf_weights_map,
)

from model_backend.api.errors import ModelUnavailable
from model_backend.models.gguf.header import GgufHeader, StoredTensor

ROPE_FACTORS = "rope_freqs.weight"
"""A tensor that is not a weight; ``rope.py`` reads it."""

_FLOATS = {"F32": "<f4", "F16": "<f2"}


def check_readable(header: GgufHeader) -> None:
    """Refuse number types that cannot be dequantised.

    Raises:
        ModelUnavailable: there is such a type; the text has its name.
    """
    for kind in sorted({tensor.kind for tensor in header.tensors}):
        _, block_bytes = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[kind]]
        block = np.zeros((1, block_bytes), dtype=np.uint8)
        try:
            _dequantize(block, kind)
        except NotImplementedError as error:
            raise ModelUnavailable(
                f"{header.path} holds weights of the number type {kind}, which cannot be read "
                "here. Choose a file with another one, such as Q8_0 or Q4_K_M."
            ) from error


def unpacking_bytes(header: GgufHeader) -> int:
    """Peak memory in bytes for dequantising one tensor, without the result."""
    return max(tensor.n_weights for tensor in header.tensors) * 4


def read_gguf_weights(
    header: GgufHeader, outline: Any, dtype: torch.dtype, report: Callable[[str, float], None]
) -> dict[str, Tensor]:
    """Read every weight in turn, by its name in ``outline``.

    Raises:
        ModelUnavailable: the file holds a weight that has no place in the model.
        LoadingCancelled: the load was cancelled.
    """
    places = _Places(header, outline, dtype)
    stored_weights = [stored for stored in header.tensors if stored.name != ROPE_FACTORS]
    total = len(stored_weights)
    for number, stored in enumerate(stored_weights, start=1):
        places.put(stored, read_tensor(header.path, stored))
        report(f"reading weights, {number:,} of {total:,}", number / total)
    return places.weights


class _Places:
    """Collects the tensors of a file under their names in the model."""

    def __init__(self, header: GgufHeader, outline: Any, dtype: torch.dtype) -> None:
        make = TENSOR_PROCESSORS.get(header.architecture, TensorProcessor)
        self._processor = make(config=outline.config.to_dict())
        with _one_map_of_names():
            self._names = get_gguf_hf_weights_map(outline, self._processor)
        self._dtype = dtype
        self.weights: dict[str, Tensor] = {}

    def put(self, stored: StoredTensor, plain: np.ndarray) -> None:
        """Add one tensor; the processor adds some itself, such as those of experts."""
        before = dict(self.weights)
        name, numbers = self._turned(stored, plain)
        if name is not None:
            if name not in self._names:
                raise ModelUnavailable(
                    f"The file holds the weights {name}, which have no place in the model that "
                    "transformers makes of it. This would not be the model that was trained, so "
                    "it is refused. Choose the original model, in safetensors files."
                )
            self.weights[self._names[name]] = torch.from_numpy(np.ascontiguousarray(numbers))
        for key, weight in self.weights.items():
            if weight is not before.get(key):
                self.weights[key] = weight.to(self._dtype)

    def _turned(self, stored: StoredTensor, plain: np.ndarray) -> tuple[str | None, np.ndarray]:
        """The tensor in transformers' layout, and its name; None if the processor added it."""
        try:
            turned = self._processor.process(
                weights=plain,
                name=stored.name,
                tensor_key_mapping=self._names,
                parsed_parameters={"tensors": self.weights},
            )
        except (ValueError, LookupError, RuntimeError) as error:
            raise ModelUnavailable(
                f"The weights {stored.name}, of the shape {stored.shape}, do not fit what their "
                "file says of the model. Make or download the file again."
            ) from error
        return turned.name, turned.weights


def read_tensor(path: Path, stored: StoredTensor) -> np.ndarray:
    """Read one tensor as float32."""
    data = np.memmap(path, mode="r", dtype=np.uint8).view(np.ndarray)
    packed = data[stored.start : stored.start + stored.n_bytes]
    n_rows = prod(stored.shape[:-1])
    return _dequantize(packed.reshape(n_rows, -1), stored.kind).reshape(stored.shape)


def _dequantize(rows: np.ndarray, kind: str) -> np.ndarray:
    """Dequantise rows to float32, as a copy that is independent of the file."""
    if kind in _FLOATS:
        return rows.view(_FLOATS[kind]).astype(np.float32)
    plain: np.ndarray = gguf.dequantize(rows, gguf.GGMLQuantizationType[kind])
    return plain


@contextmanager
def _one_map_of_names() -> Iterator[None]:
    """Cache the table of names, because transformers requests it for every module."""
    before = gguf.get_tensor_name_map
    gguf.get_tensor_name_map = cache(before)
    try:
        yield
    finally:
        gguf.get_tensor_name_map = before
