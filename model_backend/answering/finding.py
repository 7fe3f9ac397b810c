"""Finds exact answers by the first method that applies: pattern, file, model, rule.

No method sees the right answer, so the place of an exact answer gives no hint whether it is
correct. Imports torch through the extractor.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model_backend.answering.exact_answers import CharacterSpan, find_exact_answer
from model_backend.answering.judging.open_answers import is_refusal
from model_backend.answering.judging.scope import first_sentence
from model_backend.answering.model_extractor import ModelExtractor, Said
from model_backend.answering.worked_examples import WorkedExample
from model_backend.api.questions import FoundBy
from model_backend.models.catalogue import BUILTIN
from model_backend.models.loaded import LoadedModel


@dataclass(frozen=True)
class Unread:
    """An answer whose exact answer is to be found."""

    question: str
    answer: str
    """As generated."""
    is_read_whole: bool = False
    """True to search all of the answer, False for its first sentence."""
    given: str = ""
    """Exact answer that the data set's file gives; empty if it gives none."""


@dataclass(frozen=True)
class Found:
    """An exact answer as characters of its answer, and the method that was used."""

    span: CharacterSpan | None
    """None if the method found nothing."""
    by: FoundBy


class ExactAnswerFinder:
    """Finds the exact answers of one model's answers."""

    def __init__(
        self, extractor: ModelExtractor | None = None, pattern: re.Pattern[str] | None = None
    ) -> None:
        """Take the data set's own pattern, if it has one, and the model, if it can read answers."""
        self._extractor, self._pattern = extractor, pattern

    def find(
        self, answers: Sequence[Unread], *, after_pass: Callable[[], None] = lambda: None
    ) -> list[Found]:
        """Find the exact answer of each answer; with an extractor, the model's lock must be held.

        Args:
            after_pass: called after each forward pass; an exception from it ends the search.
        """
        found = [self._without_model(answer) for answer in answers]
        left = [number for number, each in enumerate(found) if each is None]
        if self._extractor is not None:
            said = [_said(answers[number]) for number in left]
            spans = self._extractor.find(said, after_pass=after_pass)
            for number, span in zip(left, spans, strict=True):
                found[number] = None if span is None else Found(span, FoundBy.MODEL)
        return [
            Found(find_exact_answer(answer.question, answer.answer), FoundBy.RULE)
            if each is None
            else each
            for answer, each in zip(answers, found, strict=True)
        ]

    def _without_model(self, answer: Unread) -> Found | None:
        """Find what pattern or file give; nothing in a refusal; None to go on."""
        if self._pattern is not None:
            span = find_exact_answer(answer.question, answer.answer, self._pattern)
            return Found(span, FoundBy.PATTERN)
        given = _find_given(answer)
        if given is not None:
            return Found(given, FoundBy.FILE)
        if is_refusal(answer.answer):
            return Found(None, FoundBy.RULE)
        return None


def make_extractor(loaded: LoadedModel, examples: Sequence[WorkedExample]) -> ModelExtractor | None:
    """Let a model read its own answers; None for an encoder and for the built-in model.

    The built-in model knows sentences of a few forms, which the rule is made for.
    """
    if loaded.unembed is None or loaded.card.name == BUILTIN.name:
        return None
    return ModelExtractor(loaded, examples)


def _said(answer: Unread) -> Said:
    start, end = (0, len(answer.answer)) if answer.is_read_whole else first_sentence(answer.answer)
    return Said(answer.question, answer.answer, start, end)


def _find_given(answer: Unread) -> CharacterSpan | None:
    """The first place where whole words of the answer are the given exact answer."""
    if not answer.given:
        return None
    at = answer.answer.find(answer.given)
    while at >= 0:
        end = at + len(answer.given)
        if not (_is_inside_word(answer.answer, at) or _is_inside_word(answer.answer, end)):
            return CharacterSpan(at, end)
        at = answer.answer.find(answer.given, at + 1)
    return None


def _is_inside_word(text: str, at: int) -> bool:
    return text[at - 1 : at].isalnum() and text[at : at + 1].isalnum()
