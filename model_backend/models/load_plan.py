"""Plans the load of a model before any of its weights are read.

The description alone gives family, device, number type and bytes. Imports torch and transformers.
"""

import threading
from copy import deepcopy
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, AutoModelForCausalLM

from model_backend.api.errors import ModelUnavailable, UnknownArchitecture
from model_backend.models.catalogue import Settings
from model_backend.models.families import facts_of, refuse_variants
from model_backend.models.gguf.config import check_stated, read_gguf_config
from model_backend.models.gguf.header import GgufHeader, is_gguf, read_header
from model_backend.models.gguf.rope import take_rope_factors
from model_backend.models.gguf.weights import check_readable, unpacking_bytes
from model_backend.models.quantised.stored import Stored, read_stored, refuse_twice

QUANTIZED_OVERHEAD = 1.07
"""Factor for the scales of quantised weights: at most 4 bytes for each block of 64 weights."""


@dataclass(frozen=True, eq=False)
class Plan:
    """Device, number type and size of one model in memory."""

    name: str
    config: Any
    outline: nn.Module
    """The model without its weights."""
    device: torch.device
    dtype: torch.dtype
    bits: int | None
    """Bits of a quantised weight; None if weights keep their dtype."""
    header: GgufHeader | None = None
    """Header of a GGUF file; None for a folder."""
    stored: Stored | None = None
    """Quantisation of a folder's weights; None if they are plain numbers."""

    @property
    def n_parameters(self) -> int:
        """Number of weights in the model."""
        return sum(parameter.numel() for parameter in self.outline.parameters())

    @property
    def n_bytes(self) -> int:
        """Memory of the weights in bytes; embeddings and unembedding are never quantised."""
        if self.bits is None:
            return self.n_parameters * self.dtype.itemsize
        outline: Any = self.outline
        head = outline.get_output_embeddings()
        linear = (part for part in self.outline.modules() if isinstance(part, nn.Linear))
        small = sum(part.weight.numel() for part in linear if part is not head)
        wide = (self.n_parameters - small) * self.dtype.itemsize
        return wide + int(small * self.bits / 8 * QUANTIZED_OVERHEAD)

    @property
    def precision(self) -> str:
        """Number type in words, such as "float32" or "8-bit bfloat16"."""
        name = str(self.dtype).removeprefix("torch.")
        return name if self.bits is None else f"{self.bits}-bit {name}"

    @property
    def unpacking_bytes(self) -> int:
        """Host memory in bytes for reading a GGUF file, in addition to the weights."""
        return unpacking_bytes(self.header) if self.header else 0


def plan_model(name: str, path: Path, settings: Settings) -> Plan:
    """Plan the load of the model in a folder or GGUF file.

    Raises:
        ModelUnavailable: its config is invalid, or this machine lacks the device or a library.
        UnknownArchitecture: its family is not supported.
    """
    header = read_header(path) if is_gguf(path) else None
    config = read_gguf_config(name, header) if header else read_config(name, path)
    if header:
        check_readable(header)
        take_rope_factors(name, header, config)
    outline = outline_model(config)
    if header:
        check_stated(name, header, config)
        _refuse_bits(name, header, settings)
    stored = read_stored(name, config)
    if stored:
        refuse_twice(name, stored, settings.quantize)
        config.quantization_config = stored.options()
    device, bits = pick_device(settings.device), pick_bits(settings.quantize)
    if stored and not stored.is_dequantised:
        bits = stored.bits
    dtype = pick_dtype(settings.dtype, config, device)
    return Plan(name, config, outline, device, dtype, bits, header, stored)


def read_config(name: str, folder: Path) -> Any:
    """Read a model's ``config.json``.

    Raises:
        ModelUnavailable: it is invalid.
        UnknownArchitecture: transformers does not support its type.
    """
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # a config may be wrong in as many ways as there are fields
        reason = str(error).strip().splitlines()
        if "does not recognize this architecture" in str(error):
            raise UnknownArchitecture(f"{name}: {reason[0]}") from error
        raise ModelUnavailable(
            f"The config.json of {name} cannot be used: {' '.join(reason[:2])}"
        ) from error
    # It may name another file than the checked one, even a pickle.
    config.transformers_weights = None
    return config


BUILDING = threading.RLock()
"""Held while transformers builds a model. transformers then changes torch's default dtype and a
method for tied weights, for the whole process; two builds at once would restore wrong values."""


def outline_model(config: Any) -> nn.Module:
    """Build the model without its weights, to find its size.

    Raises:
        UnknownArchitecture: it is not a language model, or of a kind that is refused.
    """
    refuse_variants(config)
    try:
        with BUILDING, torch.device("meta"):
            # A copy, because from_config writes its arguments into the config.
            plain = deepcopy(config)
            plain.__dict__.pop("quantization_config", None)
            outline = auto_class(config.model_type).from_config(
                plain, dtype=torch.float32, attn_implementation="eager"
            )
    except Exception as error:
        reason = " ".join(str(error).split("\n"))[:200].strip()
        raise UnknownArchitecture(
            f"Models of type {config.model_type!r} cannot be opened as causal language models: "
            f"{reason}"
        ) from error
    return outline


def auto_class(model_type: str) -> Any:
    """The transformers class that opens a type: encoders are opened without a head."""
    return AutoModel if facts_of(model_type).is_encoder else AutoModelForCausalLM


def pick_device(name: str) -> torch.device:
    """The device of that name; for ``auto`` CUDA, else MPS, else the CPU.

    ``cuda`` is all GPUs, and has no index; ``cuda:1`` is the second GPU alone.

    Raises:
        ModelUnavailable: this machine has no such device.
    """
    available = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if name == "auto":
        name = next((device for device, there in available.items() if there), "cpu")
    device = torch.device(name)
    if not available.get(device.type, True):
        raise ModelUnavailable(f"This machine has no {name} device. Start with --device cpu.")
    if device.index is not None and device.index >= (n_gpus := torch.cuda.device_count()):
        there = ", ".join(f"cuda:{gpu}" for gpu in range(n_gpus))
        raise ModelUnavailable(f"This machine has no {name} device. It has {there}.")
    return device


def pick_dtype(name: str, config: Any, device: torch.device) -> torch.dtype:
    """The dtype of that name; for ``auto`` the checkpoint's own, and float32 on a CPU.

    A CPU without half-precision instructions is many times slower with it than with float32, and
    float32 represents every checkpoint number exactly. It takes twice the memory, which is checked;
    ``--dtype bfloat16`` halves it again.
    """
    if name != "auto":
        chosen: torch.dtype = getattr(torch, name)
        return chosen
    stored = config.get_text_config().dtype or config.dtype
    if device.type == "cpu" or stored not in (torch.float16, torch.bfloat16):
        return torch.float32
    return stored


def _refuse_bits(name: str, header: GgufHeader, settings: Settings) -> None:
    if settings.quantize != "none":
        raise ModelUnavailable(
            f"{name} is a GGUF file, stored as {header.stored}: its weights are dequantised when "
            "it is loaded and cannot be quantised again. Load it without --quantize."
        )


def pick_bits(quantize: str) -> int | None:
    """Bits of a weight for a choice of ``--quantize``; None if weights keep their dtype.

    Raises:
        ModelUnavailable: bitsandbytes is not installed.
    """
    if quantize == "none":
        return None
    if find_spec("bitsandbytes") is None:
        raise ModelUnavailable(
            f"--quantize {quantize} needs the library bitsandbytes, which is not installed. "
            "Install it with: pip install bitsandbytes. Or start with --quantize none."
        )
    return int(quantize.removesuffix("bit"))
