"""Builds the prompt for a question and finds the tokens that belong to the question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from model_backend.answering.exact_answers import CharacterSpan, Spelling
from model_backend.api.errors import BackendError
from model_backend.api.positions import TokenRange
from model_backend.engine.tokens import encode, token_texts
from model_backend.models.loaded import LoadedModel

_PLAIN = "Question: {}\nAnswer:"
_PLACEHOLDERS = ("\ue000", "\ue001")
"""Private-use characters that replace the question when its place in the template is searched."""


@dataclass(frozen=True)
class Prompt:
    """A prompt as text and as token ids, with the question's tokens in it."""

    text: str
    token_ids: tuple[int, ...]
    question: TokenRange | None
    """Tokens with at least one character of the question; None if the template leaves it out."""
    has_template: bool
    """True for the model's own chat template, False for plain ``Question: ... Answer:``."""


def prompt_for(loaded: LoadedModel, question: str) -> Prompt:
    """The prompt of a question, of tokens that the model has.

    Raises:
        BadRequest: the tokenizer makes tokens that the model does not have.
        BackendError: the template does not take a question on its own.
    """
    with loaded.tokenizing:
        prompt = make_prompt(loaded.tokenizer, question)
    loaded.check_ids(prompt.token_ids)
    return prompt


def make_prompt(tokenizer: Any, question: str) -> Prompt:
    """Put a question into the model's chat template, with the generation prompt at the end.

    A model without a template gets ``Question: ...`` and, on a line of its own, ``Answer:``.

    Raises:
        BackendError: the template cannot format a single user message.
    """
    has_template = bool(getattr(tokenizer, "chat_template", None))
    text = _fill(tokenizer, question)
    if has_template:  # the template writes its own special tokens, including BOS
        token_ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    else:
        token_ids = encode(tokenizer, text)
    inside = _find_question(tokenizer, question, text)
    tokens = _tokens_of(tokenizer, text, list(token_ids), inside)
    return Prompt(text, tuple(token_ids), tokens, has_template)


def _fill(tokenizer: Any, question: str) -> str:
    if not getattr(tokenizer, "chat_template", None):
        return _PLAIN.format(question)
    chat = [{"role": "user", "content": question}]
    try:
        return str(tokenizer.apply_chat_template(chat, add_generation_prompt=True, tokenize=False))
    except Exception as error:  # a template is a program that comes with the model
        why = " ".join(str(error).split())[:200]
        raise BackendError(f"This model's chat template takes no plain question: {why}") from error


def _find_question(tokenizer: Any, question: str, text: str) -> CharacterSpan:
    """Find the question in ``text``: the part that changes when the template gets another text."""
    edges = {question[:1], question[-1:]}
    other = _fill(tokenizer, next(c for c in (*_PLACEHOLDERS, "?") if c not in edges))
    start = _common_prefix(text, other)
    end = len(text) - _common_prefix(text[start:][::-1], other[start:][::-1])
    return CharacterSpan(start, end)


def _common_prefix(one: str, other: str) -> int:
    """Length of the common prefix."""
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _tokens_of(
    tokenizer: Any, text: str, token_ids: Sequence[int], span: CharacterSpan
) -> TokenRange | None:
    if not tokenizer.is_fast:
        pieces = tuple(piece.encode() for piece in token_texts(tokenizer, token_ids))
        return Spelling(pieces).tokens_of(span)
    added = not getattr(tokenizer, "chat_template", None)
    offsets = tokenizer(text, add_special_tokens=added, return_offsets_mapping=True, verbose=False)[
        "offset_mapping"
    ]
    held = [
        token
        for token, (start, end) in enumerate(offsets)
        if max(start, span.start) < min(end, span.end)
    ]
    return TokenRange(held[0], held[-1]) if held else None
