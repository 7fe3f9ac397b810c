"""Verdicts on an answer whose right answer is known."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What may be said of an answer when the right one is known."""

    RIGHT = "right"
    WRONG = "wrong"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True)
class Judgement:
    """A verdict, and the reason in one sentence."""

    verdict: Verdict
    why: str
