"""Cold, warm and crowded: what an inspection costs beside its floor, its cache and its rivals."""

import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import torch
from torch.nn.modules.module import register_module_forward_hook
from transformers import AutoModelForCausalLM, LlamaModel

from benchmarks.floor import read_plainly
from benchmarks.subjects import Texts
from benchmarks.table import Line
from model_backend import CachedBackend, CatalogueEntry, InspectRequest, LocalBackend, make_store

COLD_LIMIT, WARM_LIMIT, FORWARD_LIMIT = 1.25, 0.02, 1
ASKERS = 8
NAME = "subject"

Action = Callable[[], object]


def cold_lines(name: str, folder: Path, lengths: tuple[int, ...] = (64, 512)) -> Iterator[Line]:
    """From text to every measure and the top five, without a cache, beside the floor."""
    backend, texts = open_backend(folder), Texts(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def pair(n_tokens: int) -> tuple[Action, Action]:
        request = InspectRequest(NAME, texts.make(n_tokens))
        token_ids = texts.tokenizer(request.text)["input_ids"]
        return lambda: backend.inspect(request), lambda: read_plainly(model, token_ids)

    for n_tokens in lengths:
        measured, floor = time_pairs(partial(pair, n_tokens))
        what = f"cold inspect / floor, {name}, {n_tokens} tokens"
        yield _ratio_line(what, measured, floor, COLD_LIMIT)


def warm_line(name: str, folder: Path, n_tokens: int = 64) -> Line:
    """The same text a second time, from the cache, beside its first time."""
    backend, texts = CachedBackend(open_backend(folder), make_store()), Texts(folder)

    def pair() -> tuple[Action, Action]:
        request = InspectRequest(NAME, texts.make(n_tokens))
        backend.inspect(request)
        other = InspectRequest(NAME, texts.make(n_tokens))
        return lambda: backend.inspect(request), lambda: backend.inspect(other)

    warm, cold = time_pairs(pair)
    what = f"warm inspect / cold, {name}, {n_tokens} tokens"
    return _ratio_line(what, warm, cold, WARM_LIMIT, digits=4)


def crowd_line(name: str, folder: Path, n_tokens: int = 64) -> Line:
    """Number of forward passes when several clients ask the same thing at once."""
    backend, texts = CachedBackend(open_backend(folder), make_store()), Texts(folder)
    request = InspectRequest(NAME, texts.make(n_tokens))
    start = threading.Barrier(ASKERS)

    def ask(_: int) -> None:
        start.wait()
        backend.inspect(request)

    forwards: list[object] = []
    hook = register_module_forward_hook(
        lambda module, *_: forwards.append(module) if isinstance(module, LlamaModel) else None
    )
    try:
        with ThreadPoolExecutor(ASKERS) as pool:
            list(pool.map(ask, range(ASKERS)))
    finally:
        hook.remove()
    what = f"forward passes for {ASKERS} equal requests at once, {name}"
    return Line(what, len(forwards), limit=FORWARD_LIMIT, digits=0)


def open_backend(folder: Path) -> LocalBackend:
    """A backend of one model, loaded, that has run once."""
    backend = LocalBackend((CatalogueEntry(NAME, str(folder)),), device="cpu")
    backend.inspect(InspectRequest(NAME, Texts(folder, seed=1).make(8)))
    return backend


def time_pairs(
    pair: Callable[[], tuple[Action, Action]], *, seconds: float = 12.0, most: int = 25
) -> tuple[list[float], list[float]]:
    """Seconds of two actions, timed one after the other in turns, each time on something new.

    What else the machine does slows both of a pair alike, so the ratio of a pair is steadier than
    either. The first pair warms up and does not count; at least two do.
    """
    first: list[float] = []
    second: list[float] = []
    deadline = time.perf_counter() + seconds
    while len(first) < 3 or (len(first) <= most and time.perf_counter() < deadline):
        one, other = pair()
        if len(first) % 2:
            first.append(time_once(one))
            second.append(time_once(other))
        else:
            second.append(time_once(other))
            first.append(time_once(one))
    return first[1:], second[1:]


def time_once(action: Action) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def _ratio_line(
    what: str, measured: list[float], floor: list[float], limit: float, digits: int = 2
) -> Line:
    ratios = [one / other for one, other in zip(measured, floor, strict=True)]
    ms, floor_ms = 1e3 * statistics.median(measured), 1e3 * statistics.median(floor)
    note = f"{ms:,.3g} / {floor_ms:,.4g} ms" if ms < 100 else f"{ms:,.0f} / {floor_ms:,.0f} ms"
    return Line(what, statistics.median(ratios), limit=limit, note=note, digits=digits)
