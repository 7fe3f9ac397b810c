"""Builds the prompt for a question and finds the tokens that belong to the question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from model_backend.answering.exact_answers import CharacterSpan, Spelling
from model_backend.api.errors import BackendError
from model_backend.api.maps.positions import TokenRange
from model_backend.engine.tokens import encode, token_texts
from model_backend.models.loaded import LoadedModel

_PLAIN = "Question: {}\nAnswer:"
PROMPT_DAY = datetime(2024, 7, 26)
"""The day that chat templates are told: a question has the same prompt, and so the same result,
on every day. It is the day that Llama's own templates fall back to."""
_TODAY = re.compile(r"""strftime_now\(\s*(['"])(.*?)\1\s*\)""")
"""A template's call for the time of the clock."""
_PLACEHOLDER = "\ue000"
_PLACEHOLDERS = (_PLACEHOLDER, "\ue001")
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
        BackendError: the template cannot format a single user message, or writes nothing.
    """
    has_template = bool(getattr(tokenizer, "chat_template", None))
    text = _fill(tokenizer, question)
    if has_template:  # the template writes its own special tokens, including BOS
        token_ids = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
    else:
        token_ids = encode(tokenizer, text)
    if not token_ids:
        raise BackendError("This model's chat template writes nothing for a plain question.")
    inside = _find_question(tokenizer, question, text)
    tokens = _tokens_of(tokenizer, text, list(token_ids), inside)
    return Prompt(text, tuple(token_ids), tokens, has_template)


def _fill(tokenizer: Any, question: str) -> str:
    if not getattr(tokenizer, "chat_template", None):
        return _PLAIN.format(question)
    if not _writes(tokenizer, _PLACEHOLDER) and _writes(tokenizer, _parts(_PLACEHOLDER)):
        return _render(tokenizer, _parts(question))
    return _render(tokenizer, question)


def _parts(question: str) -> list[dict[str, str]]:
    """A question in the form that templates of models for images and text expect."""
    return [{"type": "text", "text": question}]


def _writes(tokenizer: Any, content: str | list[dict[str, str]]) -> bool:
    """True if the template takes a placeholder in this form and does not leave it out."""
    try:
        return _PLACEHOLDER in _render(tokenizer, content)
    except BackendError:
        return False


def _render(tokenizer: Any, content: str | list[dict[str, str]]) -> str:
    chat = [{"role": "user", "content": content}]
    try:
        template = _TODAY.sub(_prompt_day, tokenizer.get_chat_template())
        options = {"chat_template": template, "add_generation_prompt": True, "tokenize": False}
        return str(tokenizer.apply_chat_template(chat, **options))
    except Exception as error:  # a template is a program that comes with the model
        why = " ".join(str(error).split())[:200]
        raise BackendError(f"This model's chat template takes no plain question: {why}") from error


def _prompt_day(call: re.Match[str]) -> str:
    """The day as a literal of the template, in the format that it asked for."""
    return repr(PROMPT_DAY.strftime(call[2]))


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
