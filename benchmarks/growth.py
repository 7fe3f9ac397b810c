"""Growth of time and memory with tokens and layers, as fitted exponents: 1 is in proportion."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.memory import STATUS, give_back_free_memory, reset_peak, resident_mb
from benchmarks.subjects import Texts, make_llama
from benchmarks.table import Line

TOKENS = (64, 512, 4096)
LAYERS = (12, 32, 80)
FIXED_LAYERS, FIXED_TOKENS = 12, 256
LAYERS_LIMIT = 1.05
"""At most in proportion to layers, with room for what two cores do besides."""

SHAPE = {
    "hidden_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 128,
    "vocab_size": 4096,
    "max_position_embeddings": 4096,
}


def growth_lines(work: Path) -> Iterator[Line]:
    """Four exponents, each over sizes measured in processes of their own."""
    folders = {n: make_llama(work / f"layers{n}", SHAPE | {"num_hidden_layers": n}) for n in LAYERS}
    by_tokens = [_measured(folders[FIXED_LAYERS], n_tokens) for n_tokens in TOKENS]
    by_layers = [_measured(folders[n_layers], FIXED_TOKENS) for n_layers in LAYERS]
    yield from _lines("tokens", TOKENS, by_tokens, limit=None)
    yield from _lines("layers", LAYERS, by_layers, limit=LAYERS_LIMIT)


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """The slope of the logarithms: a cost of ``size ** exponent`` fits best."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def _lines(
    unit: str, sizes: Sequence[int], costs: list[dict[str, float]], limit: float | None
) -> Iterator[Line]:
    span = f"{sizes[0]} to {sizes[-1]} {unit}"
    seconds = [cost["seconds"] for cost in costs]
    note = ", ".join(f"{second:.2f}" for second in seconds) + " s"
    yield Line(f"growth of time, {span}", exponent(sizes, seconds), limit=limit, note=note)
    if not STATUS.exists():
        yield Line(f"growth of memory, {span}", None, note="needs Linux")
        return
    megabytes = [max(1.0, cost["megabytes"]) for cost in costs]
    note = ", ".join(f"{size:.0f}" for size in megabytes) + " MB"
    yield Line(f"growth of memory, {span}", exponent(sizes, megabytes), limit=1.0, note=note)


def _measured(folder: Path, n_tokens: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.growth", str(folder), str(n_tokens)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    costs: dict[str, float] = json.loads(answer.splitlines()[-1])
    return costs


def measure(folder: Path, n_tokens: int) -> None:
    """Print the least of three times, and the peak over what the model itself takes."""
    import torch

    from benchmarks.speed import NAME, open_backend
    from model_backend import InspectRequest

    torch.set_num_threads(2)
    texts, backend = Texts(folder), open_backend(folder)
    requests = [InspectRequest(NAME, texts.make(n_tokens)) for _ in range(3)]
    give_back_free_memory()
    reset_peak()
    before, seconds = resident_mb("VmRSS") if STATUS.exists() else 0.0, []
    for request in requests:
        start = time.perf_counter()
        backend.inspect(request)
        seconds.append(time.perf_counter() - start)
    megabytes = resident_mb("VmHWM") - before if STATUS.exists() else 0.0
    print(json.dumps({"seconds": min(seconds), "megabytes": megabytes}))


if __name__ == "__main__":
    measure(Path(sys.argv[1]), int(sys.argv[2]))
