"""How much memory is free: a model that cannot fit is refused instead of killed half-way."""

from pathlib import Path

import psutil  # type: ignore[import-untyped]
import torch

from model_backend.errors import ModelUnavailable

CGROUP = Path("/sys/fs/cgroup")
"""Where a container's own limit stands, which the machine's numbers do not show."""


def check_memory(name: str, n_parameters: int, dtype: torch.dtype, device: torch.device) -> None:
    """Refuse a model whose weights alone are larger than what is free.

    Raises:
        ModelUnavailable: it does not fit; the text has both numbers.
    """
    need, free = n_parameters * dtype.itemsize, free_bytes(device)
    if need <= free:
        return
    advice = "Choose a smaller model."
    if n_parameters * 2 <= free and dtype.itemsize > 2:
        advice = "With --dtype bfloat16 it would take half."
    dtype_name = str(dtype).removeprefix("torch.")
    raise ModelUnavailable(
        f"{name} takes {_in_units(need)} in {dtype_name}, and {_in_units(free)} are free on the "
        f"{device.type}. {advice}"
    )


def free_bytes(device: torch.device) -> int:
    """What is free on a device, in bytes."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    available = int(psutil.virtual_memory().available)
    return min(available, _free_in_container(CGROUP, otherwise=available))


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
