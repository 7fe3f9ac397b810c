"""``python -m benchmarks [FOLDER]``: prints what things cost, beside their limits.

FOLDER holds a model to measure in place of the built-in one. Everything runs on two cores. Limits
are ratios to a floor measured in the same run, or sizes; milliseconds are guides.
"""

import argparse
import platform
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks.answering import answer_lines
from benchmarks.cells import attention_lines, cell_lines
from benchmarks.extracting import extraction_line
from benchmarks.growth import growth_lines
from benchmarks.memory import memory_line
from benchmarks.page import page_lines
from benchmarks.patching import patch_lines
from benchmarks.probing import probing_lines
from benchmarks.speed import cold_lines, crowd_line, warm_line
from benchmarks.studying import cancel_line, study_lines
from benchmarks.subjects import SHAPE_135M, SHAPE_SMALL, make_llama
from benchmarks.table import HEAD, Line, columns
from benchmarks.wire import wire_lines
from model_backend.models.catalogue import BUILTIN_FOLDER
from tests.model_backend.real.packages import SMOLLM2, file_of

N_CORES = 2


def lines(folder: Path, work: Path) -> Iterator[Line]:
    """Every line of the table, each as soon as it has been measured."""
    name = "built-in" if folder == BUILTIN_FOLDER else folder.name
    yield from cold_lines(name, folder)
    yield from cold_lines("135M", make_llama(work / "135m", SHAPE_135M))
    yield from answer_lines("135M", work / "135m", n_tokens=24)
    yield from answer_lines("random, 16 x 160", make_llama(work / "small", SHAPE_SMALL), 128)
    yield extraction_line(file_of(SMOLLM2, ".gguf"))
    yield warm_line(name, folder)
    yield crowd_line(name, folder)
    yield from cell_lines(name, folder)
    yield from attention_lines(name, folder)
    yield from patch_lines(file_of(SMOLLM2, ".gguf"))
    yield from growth_lines(work)
    yield from probing_lines(folder)
    yield from study_lines()
    yield cancel_line(folder, work / "cancelled")
    yield from wire_lines(name, folder)
    yield from page_lines()
    yield memory_line(work / "128k")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=BUILTIN_FOLDER)
    folder = parser.parse_args().folder
    torch.set_num_threads(N_CORES)
    start = time.perf_counter()
    print(f"Python {platform.python_version()}, PyTorch {torch.__version__}, {N_CORES} cores\n")
    print(columns(*HEAD))
    with tempfile.TemporaryDirectory() as work:
        for line in lines(folder, Path(work)):
            print(line, flush=True)
    print(f"\nAfter {time.perf_counter() - start:,.0f} s.")


if __name__ == "__main__":
    main()
