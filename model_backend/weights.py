"""The weights of a checkpoint, read so that not one of them is missing, left over or made up.

transformers fills what a file lacks with random numbers and only logs that it did.
"""

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import nn
from transformers import AutoModelForCausalLM

from model_backend.checkpoint import Checkpoint
from model_backend.errors import ModelUnavailable

BUFFERS = (".inv_freq", ".attn.bias", ".attention.bias", ".masked_bias", ".position_ids")
"""Endings of constants that old checkpoints hold and that models make for themselves today."""


def read_weights(
    checkpoint: Checkpoint, config: Any, outline: nn.Module, dtype: torch.dtype
) -> nn.Module:
    """The model with every one of its weights from the checkpoint, and none made up.

    Raises:
        ModelUnavailable: weights are missing, too many, of other shapes, or the file is damaged.
    """
    for path in checkpoint.weight_files:
        _check_complete(path)
    model, info = AutoModelForCausalLM.from_pretrained(
        checkpoint.folder,
        config=config,
        dtype=dtype,
        # Named here, as a config.json may name one that is fetched from elsewhere.
        attn_implementation="sdpa" if outline._supports_sdpa else "eager",
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        # Told of below. transformers would only log it.
        ignore_mismatched_sizes=True,
        output_loading_info=True,
    )
    _check_keys(checkpoint.name, info)
    return model.eval()


def _check_complete(path: Path) -> None:
    try:
        with safe_open(path, framework="pt"):
            pass
    except (SafetensorError, OSError) as error:
        raise ModelUnavailable(
            f"{path.name} is cut off or damaged ({error}). Copy or download the model again."
        ) from error


def _check_keys(name: str, info: dict[str, Any]) -> None:
    mismatched = {str(key[0]) for key in info["mismatched_keys"]}
    unexpected = {key for key in info["unexpected_keys"] if not key.endswith(BUFFERS)}
    troubles = {
        "are missing": set(info["missing_keys"]) - mismatched,
        "have another shape than config.json says": mismatched,
        "have no place in the model that config.json describes": unexpected,
    }
    for trouble, keys in troubles.items():
        if keys:
            raise ModelUnavailable(
                f"The weights of {name} do not fit its config.json: {len(keys)} {trouble}, such "
                f"as {min(keys)}. This would not be the model that was trained, so it is refused."
            )
