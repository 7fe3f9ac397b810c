"""The control that sees only the form of an answer: lengths, places, and how it ended."""

import math
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from model_backend.answering.judging.words import words
from model_backend.probing.studies.answers.asking import AskedQuestion

FEATURES = (
    "tokens of the answer",
    "words of the answer",
    "sentences of the answer",
    "1 if it was cut off",
    "1 if an exact answer was found",
    "tokens of the exact answer",
    "tokens before the exact answer",
    "tokens after the exact answer",
)
"""Names of the columns; counts enter as logarithms."""

_ENDS = (". ", "! ", "? ", "\n", "\u3002")


def answer_forms(asked: Sequence[AskedQuestion]) -> Float[np.ndarray, "example feature"]:
    """Describe the form of every answer; each column has mean 0 and standard deviation 1."""
    rows = np.array([_form(each) for each in asked], dtype=np.float64)
    spread = rows.std(axis=0)
    return (rows - rows.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _form(asked: AskedQuestion) -> tuple[float, ...]:
    n_tokens = len(asked.token_ids) - asked.n_prompt
    n_sentences = 1 + sum(asked.answer.strip().count(end) for end in _ENDS)
    first, last = asked.exact_range or (asked.n_prompt, asked.n_prompt - 1)
    inside = first - asked.n_prompt, len(asked.token_ids) - 1 - last
    counts = (n_tokens, len(words(asked.answer)), n_sentences)
    return (
        *map(math.log1p, counts),
        float(asked.is_cut_off),
        float(asked.exact_range is not None),
        *map(math.log1p, (last - first + 1, *inside)),
    )
