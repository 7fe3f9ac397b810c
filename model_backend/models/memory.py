"""Measures free memory, so that a model that is too large is refused before the load."""

from pathlib import Path

import psutil
import torch

from model_backend.api.errors import ModelUnavailable
from model_backend.models.load_plan import Plan
from model_backend.models.loaded import LoadContext

CGROUP = Path("/sys/fs/cgroup")
"""Folder with the memory limit of a container, which the machine's numbers do not include."""


def check_memory(plan: Plan, context: LoadContext) -> None:
    """Refuse a model whose weights exceed the memory that is free or could be freed by evicting.

    A GGUF file is turned into plain numbers on the host, wherever the model goes afterwards.

    Raises:
        ModelUnavailable: the model does not fit; the text has both numbers.
    """
    for device, needed in _needed(plan).items():
        free = free_bytes(device) + context.evictable_bytes()
        if needed > free:
            raise _too_large(plan, device, free)


def make_room(plan: Plan, context: LoadContext) -> None:
    """Evict models, the least recently used first, until the planned one fits.

    Raises:
        ModelUnavailable: the model does not fit even then; the text has both numbers.
    """
    for device, needed in _needed(plan).items():
        while needed > (free := free_bytes(device)):
            if not context.evict():
                raise _too_large(plan, device, free)
            if plan.device.type == "cuda":
                torch.cuda.empty_cache()


def free_bytes(device: torch.device) -> int:
    """Free memory of a device in bytes; for CUDA without an index the sum over all GPUs."""
    if device.type == "cuda":
        free = free_on_gpus()
        return sum(free.values()) if device.index is None else free[device.index]
    available = int(psutil.virtual_memory().available)
    return min(available, _free_in_container(CGROUP, otherwise=available))


def free_on_gpus() -> dict[int, int]:
    """Free memory of each CUDA device in bytes."""
    return {gpu: int(torch.cuda.mem_get_info(gpu)[0]) for gpu in range(torch.cuda.device_count())}


def _needed(plan: Plan) -> dict[torch.device, int]:
    """The bytes that each device must have free."""
    needed = {plan.device: plan.n_bytes}
    if plan.header:
        needed[torch.device("cpu")] = plan.n_bytes + plan.unpacking_bytes
    return needed


def _too_large(plan: Plan, device: torch.device, free: int) -> ModelUnavailable:
    advice = "Choose a smaller model."
    if plan.n_parameters * 2 + plan.unpacking_bytes <= free and plan.dtype.itemsize > 2:
        advice = "With --dtype bfloat16 it would take half."
    needed, unpacked = _needed(plan)[device], ""
    if plan.header and device.type == "cpu":
        unpacked = f" when its file (stored as {plan.header.stored}) is unpacked"
    return ModelUnavailable(
        f"{plan.name} takes {_in_units(needed)} in {plan.precision}{unpacked}, and "
        f"{_in_units(free)} are free on the {device.type}. {advice}"
    )


def _in_units(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:,.1f} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:,.2f} MB"


def _free_in_container(cgroup: Path, otherwise: int) -> int:
    try:
        limit = int((cgroup / "memory.max").read_text())
        used = int((cgroup / "memory.current").read_text())
        lines = (cgroup / "memory.stat").read_text().splitlines()
        statistics = dict(line.split() for line in lines)
    except (OSError, ValueError):  # not in a container, or in one without a limit ("max")
        return otherwise
    # The file cache counts as used, but the kernel frees it on demand.
    return limit - used + int(statistics.get("file", 0))
