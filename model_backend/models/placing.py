"""Assigns the parts of a model to devices."""

from collections.abc import Mapping
from typing import Any

import torch
from accelerate import infer_auto_device_map
from accelerate.utils import get_balanced_memory
from torch import nn

from model_backend.api.errors import ModelUnavailable
from model_backend.models.load_plan import Plan
from model_backend.models.memory import free_on_gpus

FOR_WEIGHTS = 0.9
"""Share of each GPU's free memory for weights; the rest is for activations."""

DeviceMap = dict[str, Any]


def place_parts(plan: Plan) -> DeviceMap | None:
    """Assign each part to a device; None if the whole model moves to one device after reading.

    Raises:
        ModelUnavailable: the model does not fit on the GPUs.
    """
    all_gpus = plan.device.type == "cuda" and plan.device.index is None
    if all_gpus and torch.cuda.device_count() > 1:
        return spread_over_gpus(plan, free_on_gpus())
    return {"": plan.device} if plan.bits else None


def spread_over_gpus(plan: Plan, free: Mapping[int, int]) -> DeviceMap:
    """Distribute consecutive blocks evenly over several GPUs, like ``device_map="auto"``.

    Final norm and unembedding share a GPU, because the logit lens applies both to every row.

    Args:
        free: free bytes of each GPU.

    Raises:
        ModelUnavailable: the model does not fit; a block cannot be divided.
    """
    outline: Any = plan.outline
    limits = {gpu: int(n_bytes * FOR_WEIGHTS) for gpu, n_bytes in free.items()}
    whole = list(outline._no_split_modules or ())
    settings = {"no_split_module_classes": whole, "dtype": plan.dtype}
    balanced = get_balanced_memory(outline, dict(limits), **settings)
    placed: DeviceMap = infer_auto_device_map(outline, balanced, **settings)
    if not set(placed.values()) <= set(limits):
        placed = infer_auto_device_map(outline, dict(limits), **settings)
    if not set(placed.values()) <= set(limits):
        each = ", ".join(f"{n_bytes / 1e9:,.1f}" for n_bytes in limits.values())
        raise ModelUnavailable(
            f"{plan.name} takes {plan.n_bytes / 1e9:,.1f} GB, and its blocks cannot be divided "
            f"among the GPUs, where {each} GB are free for weights."
        )
    return _with_norm_at_unembedding(plan.outline, placed)


def _with_norm_at_unembedding(outline: Any, placed: DeviceMap) -> DeviceMap:
    """Place modules that follow the blocks, such as the final norm, on the device of the head."""
    names = {module: name for name, module in outline.named_modules()}
    head = names.get(outline.get_output_embeddings())
    lists = [module for module in outline.modules() if isinstance(module, nn.ModuleList)]
    if head not in placed or not lists:
        return placed
    blocks = max(lists, key=lambda one: sum(weight.numel() for weight in one.parameters()))
    body, _, name = names[blocks].rpartition(".")
    beside = [child for child, _ in outline.get_submodule(body).named_children()]
    after = [f"{body}.{child}" for child in beside[beside.index(name) + 1 :]]
    return placed | {module: placed[head] for module in after if module in placed}
