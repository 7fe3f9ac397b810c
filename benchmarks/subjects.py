"""Inputs of the benchmarks: models made from a configuration, and texts of a given length."""

import random
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.utils.logging import disable_progress_bar

SHAPE_135M = {
    "num_hidden_layers": 30,
    "hidden_size": 576,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "intermediate_size": 1536,
    "vocab_size": 49_152,
}
"""As SmolLM-135M has it, https://huggingface.co/HuggingFaceTB/SmolLM-135M."""

SHAPE_SMALL = {
    "num_hidden_layers": 16,
    "hidden_size": 160,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 432,
    "vocab_size": 4_096,
}
"""The built-in model's, with random numbers: its answers end only where they are cut off."""

SHAPE_128K = {
    "num_hidden_layers": 8,
    "hidden_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 128,
    "vocab_size": 128_256,
}
"""The vocabulary of Llama 3 on a body so small that memory for anything else hardly counts."""

N_WORDS = 500

disable_progress_bar()


def make_llama(folder: Path, shape: dict[str, int]) -> Path:
    """Write a randomly initialised Llama and a tokenizer of as many words into ``folder``."""
    torch.manual_seed(0)
    config = LlamaConfig(**{"max_position_embeddings": 2048, **shape}, tie_word_embeddings=True)
    LlamaForCausalLM(config).save_pretrained(folder)
    words = {"<unk>": 0} | {f"w{number}": number for number in range(1, shape["vocab_size"])}
    tokenizer = Tokenizer(WordLevel(words, unk_token="<unk>"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>").save_pretrained(folder)
    return folder


class Texts:
    """Random words of a model's own vocabulary; no two texts are equal."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        self._random = random.Random(seed)
        self._words = self._draw_words()

    def make(self, n_tokens: int) -> str:
        """A text of which the tokenizer makes exactly ``n_tokens`` tokens."""
        words: list[str] = []
        while (missing := n_tokens - self._count(words)) > 0:
            more = self._random.choices(self._words, k=max(1, missing // 4))
            if self._count(words + more) <= n_tokens:
                words += more
        return " ".join(words)

    def _count(self, words: list[str]) -> int:
        return len(self.tokenizer(" ".join(words))["input_ids"])

    def _draw_words(self) -> list[str]:
        """Words that are one token after a space, so that any length can be reached."""
        ids = self._random.sample(range(len(self.tokenizer)), len(self.tokenizer))
        words = (self.tokenizer.decode([token_id]).strip() for token_id in ids)
        known = (word for word in words if word.isascii() and word.isalnum())
        short = (word for word in known if self._count(["a", word, word]) - self._count(["a"]) == 2)
        return [word for word, _ in zip(short, range(N_WORDS), strict=False)]
