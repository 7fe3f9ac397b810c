"""Reads the weights of a checkpoint, and refuses it if any are missing or left over.

transformers fills missing weights with random numbers and only logs a warning.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import nn
from transformers import BitsAndBytesConfig
from transformers.utils import logging as transformers_logging

from model_backend.api.errors import ModelUnavailable
from model_backend.models.checkpoint import Checkpoint
from model_backend.models.families import FamilyFacts, facts_of
from model_backend.models.gguf.weights import read_gguf_weights
from model_backend.models.load_plan import BUILDING, Plan, auto_class
from model_backend.models.loaded import Report


def read_weights(
    checkpoint: Checkpoint, plan: Plan, placed: dict[str, Any] | None, report: Report
) -> nn.Module:
    """Build the model with all of its weights from the checkpoint.

    Args:
        placed: the device of each part, or None for the CPU.

    Raises:
        ModelUnavailable: weights are missing, left over or of other shapes, or a file is damaged.
        LoadingCancelled: the load was cancelled.
    """
    facts = facts_of(plan.config.model_type)
    model, info = (_from_gguf if plan.header else _from_folder)(checkpoint, plan, placed, report)
    described = "what its file says of the model" if plan.header else "its config.json"
    _check_keys(f"{checkpoint.name} do not fit {described}", info, facts)
    if plan.bits is None and not plan.header:
        _copy_mapped_weights(model)
    return model.eval()


def _from_folder(
    checkpoint: Checkpoint, plan: Plan, placed: dict[str, Any] | None, report: Report
) -> tuple[nn.Module, dict[str, Any]]:
    for path in checkpoint.weight_files:
        _check_complete(path)
    opener = auto_class(plan.config.model_type)
    with BUILDING, _reporting_progress(report):
        model, info = opener.from_pretrained(
            checkpoint.folder,
            quantization_config=_quantization(plan),
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            **_options(plan, placed),
        )
    return model, info


def _from_gguf(
    _: Checkpoint, plan: Plan, placed: dict[str, Any] | None, report: Report
) -> tuple[nn.Module, dict[str, Any]]:
    assert plan.header is not None
    weights = read_gguf_weights(plan.header, plan.outline, plan.dtype, report)
    opener: Any = type(plan.outline)
    with BUILDING, _reporting_progress(lambda *_: None):
        model, info = opener.from_pretrained(None, state_dict=weights, **_options(plan, placed))
    return model, info


def _options(plan: Plan, placed: dict[str, Any] | None) -> dict[str, Any]:
    outline: Any = plan.outline
    return {
        "config": plan.config,
        "dtype": plan.dtype,
        # Named here, because a config.json may name a kernel that is downloaded.
        "attn_implementation": "sdpa" if outline._supports_sdpa else "eager",
        "device_map": placed,
        # _check_keys reports them. transformers would only log them.
        "ignore_mismatched_sizes": True,
        "output_loading_info": True,
    }


def _copy_mapped_weights(model: nn.Module) -> None:
    """Copy memory-mapped weights: truncating their file later would crash the process (SIGBUS)."""
    for weight in (*model.parameters(), *model.buffers()):
        if weight.device.type == "cpu":
            weight.data = weight.data.clone()


@contextmanager
def _reporting_progress(report: Report) -> Iterator[None]:
    """Pass the number of read weights to ``report`` instead of transformers' progress bar."""

    def wrap_bar(make_bar: Callable[..., Any], args: tuple, kwargs: dict[str, Any]) -> Any:
        if kwargs.get("desc") != "Loading weights":
            return make_bar(*args, **kwargs)
        return _report_each(list(args[0]), report)

    before = transformers_logging.set_tqdm_hook(wrap_bar)
    try:
        yield
    finally:
        transformers_logging.set_tqdm_hook(before)


def _report_each(weights: list[Any], report: Report) -> Iterator[Any]:
    for number, weight in enumerate(weights, start=1):
        yield weight
        report(f"reading weights, {number:,} of {len(weights):,}", number / len(weights))


def _quantization(plan: Plan) -> Any:
    if plan.bits is None or plan.stored is not None:
        return None
    # It warns at every matrix product that it rounds the inputs.
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)
    if plan.bits == 8:
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=plan.dtype
    )


def _check_complete(path: Path) -> None:
    try:
        with safe_open(path, framework="pt"):
            pass
    except (SafetensorError, OSError) as error:
        raise ModelUnavailable(
            f"{path.name} is cut off or damaged ({error}). Copy or download the model again."
        ) from error


def _check_keys(what: str, info: dict[str, Any], facts: FamilyFacts) -> None:
    mismatched = {str(key[0]) for key in info["mismatched_keys"]}
    unexpected = {
        key for key in info["unexpected_keys"] if not key.endswith(facts.constant_suffixes)
    }
    # Weights of an ignored head may be left over, and weights of an unused one may be missing.
    every = unexpected | set(info["missing_keys"])
    heads = {key for key in every if key.startswith(facts.ignored_prefixes)}
    troubles = {
        "are missing": set(info["missing_keys"]) - mismatched - heads,
        "have another shape than it says": mismatched,
        "have no place in the model that it describes": unexpected - heads,
    }
    for trouble, keys in troubles.items():
        if keys:
            raise ModelUnavailable(
                f"The weights of {what}: {len(keys)} {trouble}, such as {min(keys)}. This would "
                "not be the model that was trained, so it is refused."
            )
