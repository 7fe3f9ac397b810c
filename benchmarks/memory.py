"""Peak memory of one inspection, above what the loaded model takes; run in a process of its own."""

import ctypes
import json
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from benchmarks.subjects import SHAPE_128K, Texts, make_llama
from benchmarks.table import Line

LIMIT_MB = 300
N_TOKENS = 512
STATUS = Path("/proc/self/status")
CLEAR_REFS = Path("/proc/self/clear_refs")


def memory_line(folder: Path) -> Line:
    """Megabytes above the model's own for 512 tokens and a vocabulary of 128k."""
    what = f"peak memory over the model's own, {N_TOKENS} tokens, 128k vocabulary"
    if not STATUS.exists():
        return Line(what, None, note="needs Linux")
    make_llama(folder, SHAPE_128K)
    command = [sys.executable, "-m", "benchmarks.memory", str(folder)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    peak = json.loads(answer.splitlines()[-1])
    note = "" if peak["reset"] else "loading included"
    return Line(what, peak["megabytes"], unit="MB", limit=LIMIT_MB, note=note, digits=0)


def measure(folder: Path) -> None:
    """Load a model, then print by how much its first inspection raises the peak."""
    import torch

    from benchmarks.speed import NAME
    from model_backend import CatalogueEntry, InspectRequest, LocalBackend

    torch.set_num_threads(2)
    text = Texts(folder).make(N_TOKENS)
    backend = LocalBackend((CatalogueEntry(NAME, str(folder)),), device="cpu")
    backend.vocabulary(NAME)  # waits until it is loaded
    give_back_free_memory()
    was_reset = reset_peak()
    before = resident_mb("VmRSS")
    backend.inspect(InspectRequest(NAME, text))
    print(json.dumps({"megabytes": resident_mb("VmHWM") - before, "reset": was_reset}))


def give_back_free_memory() -> None:
    """Return what loading freed to the system, or an inspection would hide in it."""
    with suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def reset_peak() -> bool:
    """Reset the peak to the memory resident now; False where the system does not allow it."""
    try:
        CLEAR_REFS.write_text("5")
    except OSError:
        return False
    return True


def resident_mb(name: str) -> float:
    """A line of /proc/self/status, such as VmRSS (resident now) or VmHWM (its peak), in MB."""
    found = re.search(rf"^{name}:\s+(\d+) kB$", STATUS.read_text(), re.MULTILINE)
    assert found, f"{STATUS} has no line {name}"
    return int(found[1]) * 1024 / 1e6


if __name__ == "__main__":
    measure(Path(sys.argv[1]))
