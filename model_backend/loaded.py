"""A model in memory, as the parts of this package hand it on; imports no torch itself."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from model_backend.interface import ModelCard

Report = Callable[[str], None]
"""Is told, in a few words, what is being done."""


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model and its tokenizer in memory, with what is known of them."""

    card: ModelCard
    model: Any
    tokenizer: Any
    unembed: Any
    tokenizer_hash: str
    running: Any = field(default_factory=threading.Lock)
    """A lock held during a forward pass: one at a time for each model."""
    tokenizing: Any = field(default_factory=threading.Lock)
    """A lock held while the tokenizer works, which two threads cannot use at once."""
