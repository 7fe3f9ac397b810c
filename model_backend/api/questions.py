"""What Ask is asked and what comes back: a question, its answer while it grows, and read.

Stands beside ``interface.py``: JSON values in requests, strings and numbers in results.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
from jaxtyping import Float, Int

from model_backend.api.errors import BadRequest
from model_backend.api.positions import NamedPosition, TokenRange
from model_backend.api.verdicts import Judgement

AnswerId = str
"""Names one answer while it is generated; known to who asked and to nobody else."""

MOST_CHARACTERS = 200_000
MOST_NEW_TOKENS = 4096
MOST_RIGHT_ANSWERS, LONGEST_RIGHT_ANSWER = 1_000, 1_000
HOTTEST = 5.0


class TokenPart(StrEnum):
    """What a token of prompt and answer belongs to."""

    TEMPLATE = "template"
    QUESTION = "question"
    ANSWER = "answer"
    END = "end"


class Finish(StrEnum):
    """Why an answer ends where it ends."""

    END = "The model ended its answer."
    LINE = "The line ended, and with it the answer."
    LENGTH = "Cut off at the longest answer allowed."
    CONTEXT = "Cut off: the model's context is full."
    STOPPED = "Stopped before the model ended it."


@dataclass(frozen=True)
class QuestionRequest:
    """What does ``model`` answer to ``question``, and is it right?

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

    def __post_init__(self) -> None:
        _check_question(self.model, self.question)
        _check_whole("length of an answer", self.max_new_tokens, 1, MOST_NEW_TOKENS)
        _check_whole("seed", self.seed, 0, 2**53)
        _check_temperature(self.temperature)
        object.__setattr__(self, "temperature", float(self.temperature))
        if self.temperature == 0:  # then the seed draws nothing, and equal questions are equal
            object.__setattr__(self, "seed", 0)
        object.__setattr__(self, "right_answers", _right_answers(self.right_answers))
        if self.answer_ids is not None:
            object.__setattr__(self, "answer_ids", _ids(self.answer_ids))
        if self.mark is not None:
            object.__setattr__(self, "mark", _mark(self.mark))

    @property
    def generation(self) -> "QuestionRequest":
        """As far as it matters to what the model says."""
        return replace(self, right_answers=(), answer_ids=None, mark=None)


@dataclass(frozen=True)
class Step:
    """One generated token."""

    token_id: int
    probability: float
    """By the model itself, whatever the temperature."""


@dataclass(frozen=True, eq=False)
class Generated:
    """An answer as tokens, whole."""

    token_ids: Int[np.ndarray, " answer"]
    probabilities: Float[np.ndarray, " answer"]
    """Of each token by the model, after those before it."""


@dataclass(frozen=True)
class AnswerProgress:
    """How far an answer has come."""

    answer_id: AnswerId
    is_running: bool
    token_ids: tuple[int, ...] = ()
    token_texts: tuple[str, ...] = ()
    """Of the tokens whose characters are whole: as many as ``token_ids`` or, at times, fewer."""
    probabilities: tuple[float, ...] = ()
    most_tokens: int | None = None
    """How long the answer may become; None before the model has begun."""
    seconds: float = 0.0
    """Since the first token was asked for."""
    is_whole: bool = False
    """Whether it came to its own end or to the longest that was allowed; not if it was stopped."""
    error: str = ""

    @property
    def seconds_left(self) -> float | None:
        """At most, at the pace so far; None before there is a pace."""
        made = len(self.token_ids)
        if not made or self.most_tokens is None:
            return None
        return (self.most_tokens - made) * self.seconds / made


@dataclass(frozen=True)
class Answer:
    """A prompt and its answer, read: which tokens are what, and where the exact answer stands."""

    model: str
    prompt: str
    """The exact text that the model was given."""
    has_template: bool
    """Whether the prompt is in the model's own chat template."""
    token_ids: tuple[int, ...]
    """Of prompt and answer; ``InspectRequest(model, token_ids=...)`` measures them."""
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


def _check_question(model: object, question: object) -> None:
    if not isinstance(model, str) or not isinstance(question, str):
        raise BadRequest("A question names a model and is text.")
    if not question.strip():
        raise BadRequest("There is no question yet. Type one, then press Ask.")
    _check_text("question", question, MOST_CHARACTERS)


def _check_text(name: str, text: str, most: int) -> None:
    if len(text) > most:
        raise BadRequest(
            f"The {name} has {len(text):,} characters; the limit is {most:,}. Shorten it."
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadRequest(
            f"Character {error.start + 1} of the {name} is half of a surrogate pair "
            f"(U+{ord(text[error.start]):04X}), which is not valid Unicode. Delete it."
        ) from error


def _check_whole(name: str, value: object, low: int, high: int) -> None:
    if type(value) is not int or not low <= value <= high:
        raise BadRequest(f"The {name} is a whole number from {low:,} to {high:,}, not {value!r}.")


def _check_temperature(value: object) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= HOTTEST:
        raise BadRequest(f"The temperature is a number from 0 to {HOTTEST:g}, not {value!r}.")


def _right_answers(given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise BadRequest("A right answer and its aliases are a list of texts.")
    right = tuple(dict.fromkeys(one.strip() for one in given if one.strip()))
    if len(right) > MOST_RIGHT_ANSWERS:
        raise BadRequest(
            f"There are {len(right):,} right answers and aliases; {MOST_RIGHT_ANSWERS:,} at most."
        )
    for one in right:
        _check_text("right answer", one, LONGEST_RIGHT_ANSWER)
    return right


def _ids(given: object) -> tuple[int, ...]:
    numbers = isinstance(given, list | tuple) and all(type(i) is int and i >= 0 for i in given)
    if not numbers or len(given) > MOST_CHARACTERS:  # type: ignore[arg-type]
        raise BadRequest("The tokens of an answer are a list of token ids, which are from 0 on.")
    return tuple(given)  # type: ignore[arg-type]


def _mark(given: object) -> tuple[int, ...]:
    ids = _ids(given)
    if len(ids) not in (0, 2) or (ids and ids[0] > ids[1]):
        raise BadRequest("A mark is the first and the last token of the exact answer, or nothing.")
    return ids
