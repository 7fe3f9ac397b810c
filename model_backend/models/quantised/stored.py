"""Tells how the weights of a checkpoint are stored, and how they can run here.

FP8 and MXFP4 are dequantised while they load; bitsandbytes weights run as they are stored. What
needs a library that is not installed is refused with a sentence that says how to get it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

from model_backend.api.errors import ModelUnavailable

DEQUANTISED: Mapping[str, str] = MappingProxyType(
    {"fp8": "FP8", "mxfp4": "MXFP4", "mxfp8": "MXFP8", "compressed-tensors": "compressed-tensors"}
)
"""Methods whose weights are turned into plain numbers while they load."""

LIBRARIES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "bitsandbytes": ("bitsandbytes", "bitsandbytes"),
        "compressed-tensors": ("compressed_tensors", "compressed-tensors"),
        "gptq": ("gptqmodel", "gptqmodel"),
        "awq": ("gptqmodel", "gptqmodel"),
        "auto-round": ("auto_round", "auto-round"),
        "torchao": ("torchao", "torchao"),
        "quanto": ("optimum.quanto", "optimum-quanto"),
        "hqq": ("hqq", "hqq"),
    }
)
"""Module and package that transformers needs for a method."""


@dataclass(frozen=True)
class Stored:
    """Form in which a checkpoint stores its weights."""

    method: str
    words: str
    """Name with the bits of a weight, such as "GPTQ 4-bit"."""
    bits: int | None
    settings: Mapping[str, Any]

    @property
    def is_dequantised(self) -> bool:
        """True if weights become plain numbers while they load."""
        return self.method in DEQUANTISED

    def options(self) -> dict[str, Any]:
        """Settings that make transformers dequantise where it could also run as stored."""
        more = {"run_compressed": False} if self.method == "compressed-tensors" else {}
        if self.method in ("fp8", "mxfp4", "mxfp8"):
            more = {"dequantize": True}
        return {**self.settings, **more}


def read_stored(name: str, config: Any) -> Stored | None:
    """Form in which weights are stored, by a config; None if they are plain numbers.

    Raises:
        ModelUnavailable: the method is unknown here, or its library is not installed.
    """
    given = getattr(config, "quantization_config", None)
    if not given:
        return None
    settings = dict(given if isinstance(given, Mapping) else given.to_dict())
    method = str(settings.get("quant_method", ""))
    bits = _bits(settings)
    words = DEQUANTISED.get(method, method if method == "bitsandbytes" else method.upper())
    words = f"{words} {bits}-bit" if bits and method not in DEQUANTISED else words
    _check_library(name, method, words)
    return Stored(method, words, bits, settings)


def refuse_twice(name: str, stored: Stored, quantize: str) -> None:
    """Refuse to quantise what is stored quantised.

    Raises:
        ModelUnavailable: ``--quantize`` was given too.
    """
    if quantize != "none":
        raise ModelUnavailable(
            f"The weights of {name} are stored as {stored.words}, so they cannot be quantised "
            "again. Load it without --quantize."
        )


def _check_library(name: str, method: str, words: str) -> None:
    if method in LIBRARIES:
        module, package = LIBRARIES[method]
        if find_spec(module.split(".")[0]) is None:
            raise ModelUnavailable(
                f"The weights of {name} are stored as {words}, which needs the library {package}, "
                f"which is not installed. Install it with: pip install {package}. Or choose the "
                "original model; --quantize quantises it while it loads."
            )
    elif method not in DEQUANTISED:
        raise ModelUnavailable(
            f"The weights of {name} are stored quantised as {method or 'an unnamed method'}, which "
            "is not supported here. Choose the original model; --quantize quantises it while it "
            "loads."
        )


def _bits(settings: Mapping[str, Any]) -> int | None:
    if settings.get("load_in_8bit"):
        return 8
    if settings.get("load_in_4bit"):
        return 4
    bits = settings.get("bits") or settings.get("w_bit")
    return int(bits) if bits else None
