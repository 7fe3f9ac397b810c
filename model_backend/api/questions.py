"""A question, the model's answer while it grows, and the answer read.

JSON values in requests, strings and numbers in results.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from model_backend.api.door import JobId, JobState, JobStatus
from model_backend.api.maps.positions import NamedPosition, TokenRange
from model_backend.api.requests import Query
from model_backend.api.validation import (
    check_question,
    check_temperature,
    check_whole,
    read_answer_ids,
    read_given,
    read_mark,
    read_right_answers,
)

AnswerId = JobId
"""Names one answer while it is generated; known to who asked and to nobody else."""

MOST_NEW_TOKENS = 4096


class Verdict(StrEnum):
    """Verdict on an answer whose right answer is known."""

    RIGHT = "right"
    WRONG = "wrong"
    CANNOT_TELL = "cannot tell"
    NO_ANSWER = "no answer"
    """The answer is empty, or a refusal."""


class FoundBy(StrEnum):
    """Method that found an exact answer, or failed to find one."""

    PATTERN = "found by the data set's pattern"
    FILE = "given in the file"
    MODEL = "found by the model"
    RULE = "found by the rule"
    HAND = "marked by hand"


@dataclass(frozen=True)
class Judgement:
    """A verdict, and the reason in one sentence."""

    verdict: Verdict
    why: str
    right_spans: tuple[tuple[int, int], ...] = ()
    """Start and end of each right answer, in characters of the unstripped answer: those that the
    answer asserts, or every mention where the verdict is another."""


class TokenPart(StrEnum):
    """Part of prompt and answer that a token belongs to."""

    TEMPLATE = "template"
    QUESTION = "question"
    ANSWER = "answer"
    END = "end"


class Finish(StrEnum):
    """Reason why an answer ends."""

    END = "The model ended its answer."
    LINE = "The line ended, and with it the answer."
    LENGTH = "Cut off at the longest answer allowed."
    CONTEXT = "Cut off: the model's context is full."
    STOPPED = "Stopped before the model ended it."
    GIVEN = "It was given and is read here; nothing was generated."


@dataclass(frozen=True)
class QuestionRequest(Query["Answer"]):
    """Ask ``model`` a question, and judge its answer.

    Raises:
        BadRequest: the question is empty, blank, not text or far too long, or an option is out of
            its range.
    """

    model: str
    question: str
    max_new_tokens: int = 64
    temperature: float | int = 0.0
    """0 takes the likeliest token each time; else tokens are drawn, with ``seed``."""
    seed: int = 0
    right_answers: Sequence[str] = ()
    """The right answer, then its aliases; empty if it is not known. Lists become tuples."""
    answer_ids: Sequence[int] | None = None
    """The answer's tokens where they are known already; None has the model generate them."""
    mark: Sequence[int] | None = None
    """The exact answer marked by hand: its first and last token in the answer, from 0; empty where
    none is to be marked. None has it found."""
    given: str = ""
    """An answer that exists already: it is read, and the model generates nothing."""

    def __post_init__(self) -> None:
        check_question(self.model, self.question)
        check_whole("length of an answer", self.max_new_tokens, 1, MOST_NEW_TOKENS)
        check_whole("seed", self.seed, 0, 2**53)
        check_temperature(self.temperature)
        object.__setattr__(self, "temperature", float(self.temperature))
        if self.temperature == 0:  # then the seed draws nothing, and equal questions are equal
            object.__setattr__(self, "seed", 0)
        object.__setattr__(self, "right_answers", read_right_answers(self.right_answers))
        object.__setattr__(self, "given", read_given(self.given))
        if self.answer_ids is not None:
            object.__setattr__(self, "answer_ids", read_answer_ids(self.answer_ids))
        if self.mark is not None:
            object.__setattr__(self, "mark", read_mark(self.mark))

    @property
    def runs_model(self) -> bool:
        return self.answer_ids is None

    @property
    def generation(self) -> "QuestionRequest":
        """This request with only the fields that matter to what the model says."""
        return replace(self, right_answers=(), answer_ids=None, mark=None)


@dataclass(frozen=True)
class Step:
    """One generated token."""

    token_id: int
    probability: float
    """By the model itself, whatever the temperature."""


@dataclass(frozen=True, eq=False)
class Generated:
    """An answer as tokens: whole, or as far as it has come."""

    token_ids: Int[np.ndarray, " answer"]
    probabilities: Float[np.ndarray, " answer"]
    """Probability of each token, given the tokens before it."""
    token_texts: tuple[str, ...] = ()
    """Texts of tokens whose characters are complete: at times fewer than ``token_ids``."""


@dataclass(frozen=True)
class GenerateRequest(Query[Generated]):
    """Have a model answer a question: asked for the whole answer, or started and watched."""

    question: QuestionRequest

    def __post_init__(self) -> None:
        object.__setattr__(self, "question", self.question.generation)

    @property
    def model(self) -> str:  # type: ignore[override]
        return self.question.model


_NOTHING = Generated(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.float32))


@dataclass(frozen=True)
class AnswerProgress:
    """Progress of an answer, as a page shows it."""

    answer_id: AnswerId
    is_running: bool
    token_ids: tuple[int, ...] = ()
    token_texts: tuple[str, ...] = ()
    """Texts of tokens whose characters are complete: at times fewer than ``token_ids``."""
    probabilities: tuple[float, ...] = ()
    most_tokens: int | None = None
    """Longest length of the answer in tokens; None before the model has begun."""
    seconds: float = 0.0
    """Since the first token was asked for."""
    is_whole: bool = False
    """True if it reached its own end or the length limit; False if it was stopped."""
    error: str = ""

    @classmethod
    def of(cls, status: JobStatus[Any]) -> "AnswerProgress":
        """Read the status of an answer's job."""
        made = status.so_far if isinstance(status.so_far, Generated) else _NOTHING
        return cls(
            status.job,
            is_running=not status.is_over,
            token_ids=tuple(made.token_ids.tolist()),
            token_texts=made.token_texts,
            probabilities=tuple(made.probabilities.tolist()),
            most_tokens=status.total or len(made.token_ids) or None,
            seconds=status.seconds,
            is_whole=status.state is JobState.DONE,
            error=status.message if status.state is JobState.FAILED else "",
        )

    @property
    def seconds_left(self) -> float | None:
        """At most, at the pace so far; None before there is a pace."""
        made = len(self.token_ids)
        if not made or self.most_tokens is None:
            return None
        return (self.most_tokens - made) * self.seconds / made


@dataclass(frozen=True)
class Fork:
    """Place at which the given answer and the right one part, and their tokens there."""

    position: int
    """Position, counted from the prompt's first token, that is read to predict the next token."""
    given: int
    """Token id of the answer."""
    right: int | None
    """Token id of the right answer; None where none is known, or the answer says the same."""


@dataclass(frozen=True)
class Answer:
    """A prompt and its answer, read: which tokens are what, and where the exact answer stands."""

    model: str
    prompt: str
    """The exact text that the model was given."""
    has_template: bool
    """True if the prompt is in the model's own chat template."""
    token_ids: tuple[int, ...]
    """Token ids of prompt and answer; ``InspectRequest(model, token_ids=...)`` measures them."""
    token_texts: tuple[str, ...]
    parts: tuple[TokenPart, ...]
    n_prompt: int
    text: str
    """The answer as generated, special tokens left out."""
    finish: Finish | None
    """None for an empty answer that nobody generated."""
    exact: TokenRange | None
    """Counted from the answer's first token."""
    exact_text: str | None
    by_hand: bool
    judgement: Judgement | None
    """None when no right answer was given."""
    positions: tuple[NamedPosition, ...] = field(default_factory=tuple)
    """Counted from the prompt's first token."""
    found_by: FoundBy = FoundBy.RULE
    fork: Fork | None = None
    """None where no exact answer is marked."""
