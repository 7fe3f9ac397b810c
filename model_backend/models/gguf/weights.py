"""The weights in a GGUF file, as the plain numbers they stand for, under transformers' names.

transformers knows where each belongs, and passes over those that it knows no place for.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from math import prod
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
from model_backend.models.loaded import Report

_FLOATS = {"F32": "<f4", "F16": "<f2"}


def check_readable(header: GgufHeader) -> None:
    """Refuse number types that cannot be turned into plain numbers.

    Raises:
        ModelUnavailable: the text has the name of the type.
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
    """The most memory that turning one tensor into plain numbers takes, besides the result."""
    return max(tensor.n_weights for tensor in header.tensors) * 4


def read_gguf_weights(
    header: GgufHeader, outline: Any, dtype: torch.dtype, report: Report
) -> dict[str, Tensor]:
    """Read every weight, one after the other, by the name that ``outline`` has for it.

    Raises:
        ModelUnavailable: the file holds a weight that has no place in the model.
        LoadingCancelled: somebody called it off.
    """
    make = TENSOR_PROCESSORS.get(header.architecture, TensorProcessor)
    processor = make(config=outline.config.to_dict())
    with _one_map_of_names():
        names = get_gguf_hf_weights_map(outline, processor)
    weights: dict[str, Tensor] = {}
    data = np.memmap(header.path, mode="r", dtype=np.uint8).view(np.ndarray)
    for number, stored in enumerate(header.tensors, start=1):
        _put(weights, processor, names, (stored, _plain(data, stored)), dtype)
        total = len(header.tensors)
        report(f"reading weights, {number:,} of {total:,}", number / total)
    return weights


def _put(
    weights: dict[str, Tensor],
    processor: Any,
    names: dict[str, str],
    read: tuple[StoredTensor, np.ndarray],
    dtype: torch.dtype,
) -> None:
    """Add one tensor; the processors of some architectures add theirs themselves."""
    stored, plain = read
    before = dict(weights)
    result = processor.process(
        weights=plain,
        name=stored.name,
        tensor_key_mapping=names,
        parsed_parameters={"tensors": weights},
    )
    if result.name is not None:
        if result.name not in names:
            raise ModelUnavailable(
                f"The file holds the weights {stored.name}, which have no place in the model that "
                "transformers makes of it. This would not be the model that was trained, so it is "
                "refused. Choose the original model, in safetensors files."
            )
        weights[names[result.name]] = torch.from_numpy(np.ascontiguousarray(result.weights))
    for name, weight in weights.items():
        if weight is not before.get(name):
            weights[name] = weight.to(dtype)


def _plain(data: np.ndarray, stored: StoredTensor) -> np.ndarray:
    packed = data[stored.start : stored.start + stored.n_bytes]
    n_rows = prod(stored.shape[:-1])
    return _dequantize(packed.reshape(n_rows, -1), stored.kind).reshape(stored.shape)


def _dequantize(rows: np.ndarray, kind: str) -> np.ndarray:
    """Numbers in 32 bits that no longer lie in the file."""
    if kind in _FLOATS:
        return rows.view(_FLOATS[kind]).astype(np.float32)
    plain: np.ndarray = gguf.dequantize(rows, gguf.GGMLQuantizationType[kind])
    return plain


@contextmanager
def _one_map_of_names() -> Iterator[None]:
    """Make the table of names once: transformers asks for it at every module of the model."""
    before = gguf.get_tensor_name_map
    gguf.get_tensor_name_map = cache(before)
    try:
        yield
    finally:
        gguf.get_tensor_name_map = before
