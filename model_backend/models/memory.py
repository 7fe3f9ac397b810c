"""How much memory is free: a model that cannot fit is refused instead of killed half-way."""

from pathlib import Path

import psutil
import torch

from model_backend.api.errors import ModelUnavailable
from model_backend.models.load_plan import Plan
from model_backend.models.loaded import Host

CGROUP = Path("/sys/fs/cgroup")
"""Where a container's own limit stands, which the machine's numbers do not show."""


def check_memory(plan: Plan, host: Host) -> None:
    """Refuse a model whose weights alone are larger than what is free or could be made free.

    A GGUF file is turned into plain numbers on the host, wherever the model goes afterwards.

    Raises:
        ModelUnavailable: it cannot fit; the text has both numbers.
    """
    for device, needed in _needed(plan).items():
        free = free_bytes(device) + host.evictable_bytes()
        if needed > free:
            raise _too_large(plan, device, free)


def make_room(plan: Plan, host: Host) -> None:
    """Drop models, the one used longest ago first, until the next one fits.

    Raises:
        ModelUnavailable: it does not fit even then; the text has both numbers.
    """
    for device, needed in _needed(plan).items():
        while needed > (free := free_bytes(device)):
            if not host.evict():
                raise _too_large(plan, device, free)
            if plan.device.type == "cuda":
                torch.cuda.empty_cache()


def free_bytes(device: torch.device) -> int:
    """What is free on a device, in bytes; on CUDA, on all devices together."""
    if device.type == "cuda":
        return sum(free_on_gpus().values())
    available = int(psutil.virtual_memory().available)
    return min(available, _free_in_container(CGROUP, otherwise=available))


def free_on_gpus() -> dict[int, int]:
    """What is free on each CUDA device, in bytes."""
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
    # Cached files count as used but make way when memory is asked for.
    return limit - used + int(statistics.get("file", 0))
