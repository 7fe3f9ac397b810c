"""Training batches: passages of the books beside packed questions, drawn again for every step."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int
from transformers import PreTrainedTokenizerFast

from model_backend.builtin.recipe import tokenizer as names
from model_backend.builtin.recipe.questions import Mix, draw_exchange, draw_statements

HELD_OUT_SHARE = 0.04
"""The end of every book, never trained on."""
STATEMENT_SHARE = 0.12
PROMPT_SHARE = 0.1
"""Share of a question's own tokens that the loss counts: most of them cannot be foreseen."""
EXACT_WEIGHT = 6.0
"""The exact answer is the hard part of its sentence, and what a question is about."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Token ids with the weight of predicting each from those before it."""

    token_ids: Int[np.ndarray, "row position"]
    weights: Float[np.ndarray, "row position"]


def joined(batches: list[Batch]) -> Batch:
    """Batches of one length as one."""
    return Batch(
        np.concatenate([batch.token_ids for batch in batches]),
        np.concatenate([batch.weights for batch in batches]),
    )


def read_books(folder: Path) -> list[str]:
    """The books in the order of their file names.

    Raises:
        FileNotFoundError: the folder holds no .txt file.
    """
    paths = sorted(folder.glob("*.txt"))
    if not paths:
        raise FileNotFoundError(f"no .txt files in {folder}: give the folder of books with --books")
    return [path.read_text(encoding="utf-8") for path in paths]


def split_book(text: str) -> tuple[str, str]:
    """A book without its end, and its end, cut at a paragraph."""
    cut = text.rfind("\n", 0, int(len(text) * (1 - HELD_OUT_SHARE))) + 1
    return text[:cut], text[cut:]


class Corpus:
    """Draws batches; the same generator draws the same batch."""

    def __init__(self, tokenizer: PreTrainedTokenizerFast, books: list[str]) -> None:
        self.tokenizer = tokenizer
        self.bos, self.eos, self.user, self.assistant = tokenizer.convert_tokens_to_ids(
            [names.BOS, names.EOS, names.USER, names.ASSISTANT]
        )
        self.books = [np.array(self._encode(text), dtype=np.int64) for text in books]
        newline = self._encode("\n")[0]
        self.starts = [
            np.concatenate([[0], np.flatnonzero(book == newline) + 1]) for book in self.books
        ]
        sizes = np.array([len(book) for book in self.books], dtype=float)
        self.shares = sizes / sizes.sum()

    def _encode(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]

    def draw_books(self, rng: np.random.Generator, n_rows: int, length: int) -> Batch:
        """Passages that begin with a paragraph."""
        rows = np.full((n_rows, length), self.bos, dtype=np.int64)
        for row in rows:
            index = int(rng.choice(len(self.books), p=self.shares))
            book, starts = self.books[index], self.starts[index]
            fitting = int(np.searchsorted(starts, len(book) - length))
            start = int(starts[rng.integers(max(1, fitting))])
            row[1:] = book[start : start + length - 1]
        weights = np.ones(rows.shape, dtype=np.float32)
        weights[:, 0] = 0
        return Batch(rows, weights)

    def draw_questions(self, rng: np.random.Generator, n_rows: int, length: int, mix: Mix) -> Batch:
        """Questions and statements one after another until a row is full."""
        ids = np.zeros((n_rows, length), dtype=np.int64)
        weights = np.zeros((n_rows, length), dtype=np.float32)
        for row in range(n_rows):
            at = 0
            while at < length:
                text_ids, text_weights = self._draw_text(rng, mix)
                size = min(len(text_ids), length - at)
                ids[row, at : at + size] = text_ids[:size]
                weights[row, at : at + size] = text_weights[:size]
                at += size
        return Batch(ids, weights)

    def _draw_text(self, rng: np.random.Generator, mix: Mix) -> tuple[list[int], list[float]]:
        if rng.random() < STATEMENT_SHARE:
            ids = self._encode(draw_statements(rng, mix))
            return [self.bos, *ids, self.eos], [0.0] + [1.0] * (len(ids) + 1)
        exchange = draw_exchange(rng, mix)
        prompt = [self.bos, self.user, *self._encode(exchange.question), self.assistant]
        lead, exact = self._encode(exchange.lead), self._encode(exchange.exact)
        end = [*self._encode(exchange.rest), self.eos]
        weights = [0.0, *(rng.random(len(prompt) - 1) < PROMPT_SHARE).astype(float)]
        weights += [1.0] * len(lead) + [EXACT_WEIGHT] * len(exact) + [1.0] * len(end)
        return [*prompt, *lead, *exact, *end], weights
