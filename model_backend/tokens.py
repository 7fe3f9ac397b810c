"""Between text and token ids, and what is written on each token."""

from typing import Any

import numpy as np
from jaxtyping import Bool

CONTINUATION = "\u2026"
"""Shown on a token that only carries on the character which the token before it began."""


def encode(tokenizer: Any, text: str, special_tokens: bool = True) -> list[int]:
    """The token ids of a text, with what the tokenizer adds of itself, such as ``<s>``.

    With ``special_tokens`` off, the string of a special token in the text is plain text.
    """
    return list(tokenizer(text, split_special_tokens=not special_tokens)["input_ids"])


def token_texts(tokenizer: Any, token_ids: list[int]) -> tuple[str, ...]:
    """The text of each token, as a part of the whole."""
    return tuple(tokenizer.decode([token_id]) for token_id in token_ids)


def vocabulary_texts(tokenizer: Any, size: int) -> tuple[str, ...]:
    """The text of every token id on its own."""
    return tuple(
        tokenizer.decode([token_id]) if token_id < len(tokenizer) else f"[unused {token_id}]"
        for token_id in range(size)
    )


def special_mask(tokenizer: Any, token_ids: list[int]) -> Bool[np.ndarray, " token"]:
    """Which tokens are special ones (beginning of text and the like), not text."""
    return np.isin(np.asarray(token_ids, dtype=np.int64), list(tokenizer.all_special_ids))
