"""Training on a CPU: warm up, hold the learning rate (stable), later let it fall to zero (decay).

The stable checkpoint can always be trained on; a decayed one is what is released.
"""

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from model_backend.builtin.recipe import tokenizer as names
from model_backend.builtin.recipe.corpus import Batch, Corpus, joined
from model_backend.builtin.recipe.muon import Muon
from model_backend.builtin.recipe.questions import mix_at

SEED = 20
WARMUP_STEPS = 60
MATRIX_LR, OTHER_LR = 0.012, 3e-3
WEIGHT_DECAY = 0.02
BOOK_ROWS, QUESTION_ROWS, LENGTH = 8, 16, 128
LONG_EVERY, LONG_ROWS, LONG_LENGTH = 8, 2, 1_024
"""Every so many steps the books are read in passages of the whole context, and nothing is asked."""
SECONDS_BETWEEN_CHECKPOINTS = 300
STEPS_BETWEEN_REPORTS = 20


def count_tokens(n_steps: int) -> int:
    """Number of tokens seen after a number of steps."""
    n_long = n_steps // LONG_EVERY
    short = (BOOK_ROWS + QUESTION_ROWS) * LENGTH
    return (n_steps - n_long) * short + n_long * LONG_ROWS * LONG_LENGTH


def new_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """A Llama with random weights, deep and narrow because its layers are what people look at."""
    bos, eos, pad = tokenizer.convert_tokens_to_ids([names.BOS, names.EOS, names.PAD])
    torch.manual_seed(SEED)
    config = LlamaConfig(
        vocab_size=names.VOCABULARY,
        hidden_size=160,
        intermediate_size=432,
        num_hidden_layers=16,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=names.CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=bos,
        eos_token_id=eos,
        pad_token_id=pad,
    )
    return LlamaForCausalLM(config).float()


@dataclass(frozen=True)
class Schedule:
    """The learning rate as a factor: up, flat, and down to zero from ``decay_from``."""

    n_steps: int
    decay_from: int | None = None

    def factor(self, step: int) -> float:
        if self.decay_from is None:
            return min(1.0, (step + 1) / WARMUP_STEPS)
        return (self.n_steps - step) / (self.n_steps - self.decay_from)


class Trainer:
    """A model with its optimizers and the number of steps taken: all that a checkpoint holds.

    The batch of a step is drawn from a generator seeded with the step: nothing else is random.
    """

    def __init__(self, model: LlamaForCausalLM, corpus: Corpus) -> None:
        self.model, self.corpus = model, corpus
        self.body: Callable[..., Any] = model.model
        self.dtype = torch.bfloat16 if torch.cpu._is_avx512_bf16_supported() else torch.float32
        self.step = 0
        self.seconds = 0.0
        matrices = [p for p in model.model.layers.parameters() if p.ndim == 2]
        inside = {id(p) for p in matrices}
        others = [p for p in model.parameters() if id(p) not in inside]
        self.optimizers: tuple[torch.optim.Optimizer, ...] = (
            Muon(matrices, lr=MATRIX_LR, weight_decay=WEIGHT_DECAY, dtype=self.dtype),
            torch.optim.AdamW(others, lr=OTHER_LR, betas=(0.9, 0.95), weight_decay=0.0),
        )

    def save(self, path: Path) -> None:
        """Write a checkpoint whole or not at all."""
        state = {
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
            "step": self.step,
            "seconds": self.seconds,
        }
        unfinished = path.with_suffix(".unfinished")
        torch.save(state, unfinished)
        unfinished.replace(path)

    def load(self, path: Path) -> None:
        state: dict[str, Any] = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step, self.seconds = state["step"], state["seconds"]

    def compile(self) -> None:
        """Compile the training step; takes a minute or two, and saves a quarter of each step."""
        self.body = torch.compile(self.model.model, dynamic=False)

    def take_step(self, factor: float) -> dict[str, float]:
        """One update from books and questions; the loss of each, in nats per token."""
        parts = self._draw()
        losses = self._losses(joined(list(parts.values())))
        weights = {name: float(batch.weights[:, 1:].sum()) for name, batch in parts.items()}
        (losses.sum() / sum(weights.values())).backward()
        n_learned = [int((batch.weights[:, 1:] > 0).sum()) for batch in parts.values()]
        self._update(factor)
        each = zip(weights, losses.detach().split(n_learned), strict=True)
        return {name: part.sum().item() / weights[name] for name, part in each}

    def _losses(self, batch: Batch) -> torch.Tensor:
        """The weighted losses, in nats, of the positions that count: only those are unembedded."""
        ids = torch.from_numpy(batch.token_ids)
        weights = torch.from_numpy(batch.weights)[:, 1:].flatten()
        counts = weights > 0
        with torch.autocast("cpu", self.dtype, enabled=self.dtype != torch.float32):
            hidden = self.body(ids, use_cache=False).last_hidden_state[:, :-1].flatten(0, 1)
            logits = self.model.lm_head(hidden[counts])
        each = cross_entropy(logits.float(), ids[:, 1:].flatten()[counts], reduction="none")
        return each * weights[counts]

    def _update(self, factor: float) -> None:
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer, lr in zip(self.optimizers, (MATRIX_LR, OTHER_LR), strict=True):
            for group in optimizer.param_groups:
                group["lr"] = lr * factor
            optimizer.step()
            optimizer.zero_grad()
        self.step += 1

    def _draw(self) -> dict[str, Batch]:
        rng = np.random.default_rng([SEED, self.step])
        if self.step % LONG_EVERY == LONG_EVERY - 1:
            return {"books": self.corpus.draw_books(rng, LONG_ROWS, LONG_LENGTH)}
        return {
            "books": self.corpus.draw_books(rng, BOOK_ROWS, LENGTH),
            "questions": self.corpus.draw_questions(rng, QUESTION_ROWS, LENGTH, mix_at(self.step)),
        }


def _until_asked_to_stop() -> Iterator[None]:
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
    while not asked:
        yield


def train(trainer: Trainer, schedule: Schedule, checkpoint: Path) -> bool:
    """Train to the schedule's end, with checkpoints; False when stopped early by SIGTERM."""
    trainer.model.train()
    saved_at = reported_at = time.monotonic()
    for _ in _until_asked_to_stop():
        if trainer.step >= schedule.n_steps:
            break
        started = time.monotonic()
        losses = trainer.take_step(schedule.factor(trainer.step))
        trainer.seconds += time.monotonic() - started
        if trainer.step % STEPS_BETWEEN_REPORTS == 0:
            pace = (time.monotonic() - reported_at) / STEPS_BETWEEN_REPORTS
            reported_at = time.monotonic()
            parts = "  ".join(f"{name} {loss:.3f}" for name, loss in losses.items())
            print(f"step {trainer.step}  {parts}  {pace:.2f} s/step", flush=True)
        if time.monotonic() - saved_at > SECONDS_BETWEEN_CHECKPOINTS:
            trainer.save(checkpoint)
            saved_at = time.monotonic()
    trainer.save(checkpoint)
    return trainer.step >= schedule.n_steps
