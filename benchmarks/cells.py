"""Cost of an opened cell relative to a map, and of attention measures relative to an eager pass."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoModelForCausalLM

from benchmarks.pairs import Action, time_pairs
from benchmarks.speed import NAME, open_backend, ratio_line
from benchmarks.subjects import Texts
from benchmarks.table import Line
from model_backend import CellRequest, InspectRequest
from model_backend.engine.forward import trace_with_measures

CELL_LIMIT_MS = 100


def cell_lines(name: str, folder: Path, lengths: tuple[int, ...] = (64, 512)) -> Iterator[Line]:
    """A cell in the middle of a map that has just been drawn, beside drawing another map."""
    backend, texts = open_backend(folder), Texts(folder)
    n_layers = backend.models()[0].n_layers or 0

    def pair(n_tokens: int) -> tuple[Action, Action]:
        text, other = texts.make(n_tokens), texts.make(n_tokens)
        backend.inspect(InspectRequest(NAME, text))
        cell = CellRequest(NAME, text, row=n_layers // 2, position=n_tokens // 2)
        return lambda: backend.cell(cell), lambda: backend.inspect(InspectRequest(NAME, other))

    for n_tokens in lengths:
        pairs = time_pairs(partial(pair, n_tokens))
        what = f"open cell, {name}, {n_tokens} tokens"
        yield Line(what, 1000 * float(np.median(pairs.measured)), "ms", CELL_LIMIT_MS, digits=0)
        yield ratio_line(what.replace(",", " / cold inspect,", 1), pairs)


def attention_lines(
    name: str, folder: Path, lengths: tuple[int, ...] = (64, 512)
) -> Iterator[Line]:
    """One pass with everything measured inside the blocks, beside a plain eager pass."""
    texts = Texts(folder)
    model: Any = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager"
    ).eval()

    def pair(n_tokens: int) -> tuple[Action, Action]:
        ids = torch.tensor(texts.tokenizer(texts.make(n_tokens))["input_ids"])
        return lambda: trace_with_measures(model, ids, attention=True), lambda: _plain(model, ids)

    for n_tokens in lengths:
        pairs = time_pairs(partial(pair, n_tokens))
        yield ratio_line(f"attention measured / eager forward, {name}, {n_tokens}", pairs)


@torch.inference_mode()
def _plain(model: Any, ids: torch.Tensor) -> None:
    model.base_model(input_ids=ids[None], use_cache=False)
