"""Speed of answers in Ask, compared with the same model's plain ``generate``."""

import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModelForCausalLM

from benchmarks.pairs import Action, time_pairs
from benchmarks.speed import NAME, open_backend
from benchmarks.subjects import Texts
from benchmarks.table import Line
from model_backend import CachedBackend, LocalBackend, QuestionRequest, make_store

SHARE_OF_PLAIN = 0.9
N_WORDS = 12
LOOK = 0.01
"""Seconds between two looks at an answer; a page takes longer."""


def answer_lines(name: str, folder: Path, n_tokens: int) -> Iterator[Line]:
    """Tokens a second from the question to the last token, as a share of plain generation's.

    The model's answers must not end by themselves: it is to be one of random numbers.
    """
    backend, texts = open_backend(folder), Texts(folder)
    cached = CachedBackend(backend, make_store())
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()

    def pair() -> tuple[Action, Action]:
        request = QuestionRequest(NAME, texts.make(N_WORDS), max_new_tokens=n_tokens)
        prompt_ids = prompt_of(backend, request)
        return partial(follow, cached, request), partial(generate, model, prompt_ids, n_tokens)

    pairs = time_pairs(pair)
    share = pairs.inverse_ratio
    rates = [n_tokens / float(np.median(seconds)) for seconds in (pairs.measured, pairs.beside)]
    what = f"tokens/s of Ask / plain generate, {name}, {n_tokens} tokens"
    note = f"{rates[0]:.3g} / {rates[1]:.3g}; {pairs.sureness}"
    yield Line(what, share.value, limit=SHARE_OF_PLAIN, is_least=True, note=note, ratio=share)


def prompt_of(backend: LocalBackend, request: QuestionRequest) -> list[int]:
    """The prompt that Ask gives to the model."""
    answer = backend.answer(QuestionRequest(NAME, request.question, answer_ids=()))
    return list(answer.token_ids)


def follow(backend: CachedBackend, request: QuestionRequest) -> tuple[int, ...]:
    """Ask, and look at the answer until it is whole."""
    answer = backend.start_answer(request)
    while (progress := backend.answer_progress(answer)).is_running:
        time.sleep(LOOK)
    assert len(progress.token_ids) == request.max_new_tokens, progress.error
    return progress.token_ids


def generate(model: torch.nn.Module, prompt_ids: list[int], n_tokens: int) -> tuple[int, ...]:
    """The same number of tokens, greedily, by the model's own method."""
    ids = torch.tensor([prompt_ids])
    with torch.inference_mode():
        made = model.generate(  # type: ignore[operator]
            ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=n_tokens,
            min_new_tokens=n_tokens,
            do_sample=False,
            pad_token_id=0,
        )
    return tuple(made[0, len(prompt_ids) :].tolist())
