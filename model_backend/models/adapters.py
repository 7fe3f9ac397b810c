"""Merges an adapter trained with PEFT into the weights of its model.

A merged model belongs to the same family as before, so that no other code handles adapters.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from model_backend.api.errors import ModelUnavailable
from model_backend.models.catalogue import folder_of
from model_backend.models.hashing import hash_files
from model_backend.models.hub import fetch_files
from model_backend.models.loaded import Report

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"


@dataclass(frozen=True)
class Adapter:
    """A folder with an adapter's description and weights."""

    folder: Path
    revision: str


def open_adapter(source: str, report: Report) -> Adapter:
    """Open the adapter in a folder, or download it from a repository of the hub.

    Raises:
        ModelUnavailable: no adapter is there, or its weights are not in a safetensors file.
    """
    folder = folder_of(source) or fetch_files(source, (CONFIG, WEIGHTS), report)
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            raise ModelUnavailable(
                f"The adapter {source} has no {name}. Name a folder that PEFT's save_pretrained "
                "wrote; weights in other formats than safetensors are not opened."
            )
    return Adapter(folder, hash_files([folder / CONFIG, folder / WEIGHTS]))


def merge_adapter(name: str, model: nn.Module, adapter: Adapter) -> nn.Module:
    """Add the adapter's changes to the weights of a model, and return the model.

    Raises:
        ModelUnavailable: the adapter belongs to another model, or its kind cannot be merged.
    """
    shapes = _shapes(model.state_dict())
    try:
        merged = _merge(name, model, adapter)
    except ModelUnavailable:
        raise
    except (SafetensorError, OSError) as error:
        raise ModelUnavailable(f"The adapter of {name} is cut off or damaged: {error}") from error
    except Exception as error:  # peft raises a different error for every setting that does not fit
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(f"The adapter of {name} does not fit the model: {reason}") from error
    if _shapes(merged.state_dict()) != shapes:
        raise ModelUnavailable(f"The adapter of {name} changes the model's shape. It is refused.")
    return merged.eval()


def _merge(name: str, model: nn.Module, adapter: Adapter) -> nn.Module:
    from peft import (
        PeftConfig,
        get_peft_model,
        get_peft_model_state_dict,
        set_peft_model_state_dict,
    )

    config = PeftConfig.from_pretrained(str(adapter.folder))
    if config.is_prompt_learning:
        raise ModelUnavailable(
            f"The adapter of {name} has the type {config.peft_type.value}, which cannot be "
            "merged into the weights. Use LoRA or a variant of it."
        )
    adapted: Any = get_peft_model(model, config)
    weights = load_file(adapter.folder / WEIGHTS)
    expected = _shapes(get_peft_model_state_dict(adapted, save_embedding_layers=False))
    strange = sorted(expected.items() ^ _shapes(weights).items())
    if strange:
        raise ModelUnavailable(
            f"The adapter of {name} was made for another model: {len(strange)} of its weights are "
            f"missing, left over or of another shape, such as {strange[0][0]}."
        )
    set_peft_model_state_dict(adapted, weights)
    merged: nn.Module = adapted.merge_and_unload(safe_merge=True)
    return merged


def _shapes(weights: dict[str, Any]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(value.shape) for key, value in weights.items()}
