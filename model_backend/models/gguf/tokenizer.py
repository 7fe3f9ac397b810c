"""Reads the tokenizer of a GGUF file with its chat template and its rules for splitting texts.

Imports torch through transformers.
"""

from typing import Any

from tokenizers import pre_tokenizers
from transformers import PreTrainedTokenizerFast
from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS

from model_backend.api.errors import ModelUnavailable
from model_backend.models.gguf.header import GgufHeader

BYTE_LEVEL = "gpt2"
"""Kind of tokenizer for which a file names its splitting rules."""

LIKE_GPT_2 = ("gpt-2", "phi-2", "mpt", "olmo", "jais")
DIGITS_ALONE = (
    "smollm",
    "starcoder",
    "refact",
    "command-r",
    "codeshell",
    "exaone",
    "minerva-7b",
)
"""Rules that split every digit off and then split like GPT-2."""


def read_gguf_tokenizer(name: str, header: GgufHeader) -> Any:
    """Read the tokenizer of a model's file.

    Raises:
        ModelUnavailable: transformers cannot build it, or would split texts by other rules.
    """
    rules = _rules(name, header)
    _check_size(name, header)
    try:
        tokenizer = PreTrainedTokenizerFast.from_pretrained(
            header.path.parent, gguf_file=header.path.name, local_files_only=True
        )
    except Exception as error:  # two libraries, each with its own errors
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(f"The tokenizer of {name} cannot be read: {reason}") from error
    if rules in DIGITS_ALONE:
        backend = tokenizer.backend_tokenizer
        digits = pre_tokenizers.Digits(individual_digits=True)
        backend.pre_tokenizer = pre_tokenizers.Sequence([digits, backend.pre_tokenizer])
    return tokenizer


def _check_size(name: str, header: GgufHeader) -> None:
    n_tokens = header.metadata.get("tokenizer.ggml.tokens", 0)
    shapes = {tensor.name: tensor.shape for tensor in header.tensors}
    rows = shapes.get("token_embd.weight", (n_tokens,))[0]
    if n_tokens > rows:
        raise ModelUnavailable(
            f"The tokenizer of {name} has {n_tokens:,} tokens, and its embedding has {rows:,}: "
            "they do not belong together. Make or download the file again."
        )


def _rules(name: str, header: GgufHeader) -> str:
    kind = header.metadata.get("tokenizer.ggml.model", "none")
    rules = str(header.metadata.get("tokenizer.ggml.pre", "unnamed"))
    known = (*GGUF_PRE_TOKENIZER_SPLITS, *LIKE_GPT_2, *DIGITS_ALONE)
    if kind == BYTE_LEVEL and rules not in known:
        raise ModelUnavailable(
            f"The tokenizer of {name} splits texts by the rules {rules!r}, which are not known "
            "here. Others would give tokens that the model was not trained on, so it is refused."
        )
    return rules
