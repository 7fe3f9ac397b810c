"""Cold, warm and crowded: what an inspection costs beside its floor, its cache and its rivals."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch.nn.modules.module import register_module_forward_hook
from transformers import AutoModelForCausalLM, LlamaModel

from benchmarks.floor import read_plainly
from benchmarks.pairs import Action, Pairs, time_pairs
from benchmarks.subjects import Texts
from benchmarks.table import Line
from model_backend import CachedBackend, CatalogueEntry, InspectRequest, LocalBackend, make_store

COLD_LIMIT, WARM_LIMIT, FORWARD_LIMIT = 1.25, 0.02, 1
ASKERS = 8
NAME = "subject"


def cold_lines(name: str, folder: Path, lengths: tuple[int, ...] = (64, 512)) -> Iterator[Line]:
    """From text to every measure and the top five, without a cache, beside the floor."""
    backend, texts = open_backend(folder), Texts(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def pair(n_tokens: int) -> tuple[Action, Action]:
        request = InspectRequest(NAME, texts.make(n_tokens))
        token_ids = texts.tokenizer(request.text)["input_ids"]
        return lambda: backend.inspect(request), lambda: read_plainly(model, token_ids)

    for n_tokens in lengths:
        pairs = time_pairs(partial(pair, n_tokens))
        yield ratio_line(f"cold inspect / floor, {name}, {n_tokens} tokens", pairs, COLD_LIMIT)


def warm_line(name: str, folder: Path, n_tokens: int = 64) -> Line:
    """The same text a second time, from the cache, beside its first time."""
    backend, texts = CachedBackend(open_backend(folder), make_store()), Texts(folder)

    def pair() -> tuple[Action, Action]:
        request = InspectRequest(NAME, texts.make(n_tokens))
        backend.inspect(request)
        other = InspectRequest(NAME, texts.make(n_tokens))
        return lambda: backend.inspect(request), lambda: backend.inspect(other)

    what = f"warm inspect / cold, {name}, {n_tokens} tokens"
    return ratio_line(what, time_pairs(pair), WARM_LIMIT, digits=4)


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


def ratio_line(what: str, pairs: Pairs, limit: float | None = None, digits: int = 2) -> Line:
    """A ratio with its interval, and the milliseconds that it is made of."""
    ms, beside_ms = (1e3 * float(np.median(part)) for part in (pairs.measured, pairs.beside))
    times = f"{ms:,.3g} / {beside_ms:,.4g} ms" if ms < 100 else f"{ms:,.0f} / {beside_ms:,.0f} ms"
    note = f"{times}; {pairs.sureness}"
    return Line(what, pairs.ratio.value, limit=limit, note=note, digits=digits, ratio=pairs.ratio)
