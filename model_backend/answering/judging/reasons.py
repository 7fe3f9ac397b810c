"""Sentences that say why an answer has its label."""

from collections.abc import Sequence

from model_backend.answering.judging.mentions import Standing
from model_backend.answering.judging.phrases import Phrase

WHY = {
    Standing.REPEATED: "“{phrase}” stands only in words repeated from the question.",
    Standing.LONGER_NAME: "“{phrase}” stands only within “{other}”. Add “{other}” as another right "
    "answer if it is right.",
    Standing.OTHER_FORM: "“{other}” is another form of “{phrase}”. Add it as another right answer "
    "if it is right.",
    Standing.NEGATED: "“{phrase}” is only mentioned as what the answer is not, or is no longer.",
    Standing.ASIDE: "“{phrase}” is only mentioned as a neighbour or for comparison.",
    Standing.WORKING: "“{phrase}” stands only in the working, not in the result.",
    Standing.OTHER_UNIT: "“{phrase}” has another unit in the answer.",
    Standing.OWNER: "“{phrase}” is only mentioned as the owner of something.",
    Standing.RIVAL: "The answer names “{other}” beside “{phrase}” and does not decide.",
}
"""Reasons for "cannot tell", by the manner in which the right answer is mentioned."""


def why_right(said: str, phrase: str, right: Sequence[Phrase]) -> str:
    """A sentence that says why an answer is labelled right."""
    if said == phrase:
        which = "the right answer" if phrase == right[0].text else "one of the right answers"
        return f"“{said}” is {which}."
    return f"“{said}” counts as equal to “{phrase}”."


def list_answers(right: Sequence[Phrase]) -> str:
    """The right answer in words, with its alias or the number of its aliases."""
    first, *others = dict.fromkeys(phrase.text for phrase in right)
    if len(others) == 1:
        return f"“{first}” or “{others[0]}”"
    return f"“{first}” or any of {len(others)} aliases" if others else f"“{first}”"
