"""Judges an exact answer against reference answers by whole words, and gives the reason."""

import re
import unicodedata
from collections.abc import Sequence

from model_backend.api.questions import Judgement, Verdict

_THOUSANDS = re.compile(r"(?<=\d)[,\u202f\u00a0'\u2019](?=\d{3}(?!\d))")
_WORD = re.compile(r"(?<![\w.])-?\d+(?:[.,]\d+)*|\w+")
_ARTICLES = ("the", "a", "an")


def words(text: str) -> tuple[str, ...]:
    """Split a text into words for comparison, without case, accents, first article, punctuation.

    A number is one word: ``1,234`` equals ``1234``, ``3.14`` does not contain ``3``, and ``-5``
    differs from ``5``.
    """
    decomposed = unicodedata.normalize("NFKD", text.replace("\u2212", "-"))
    plain = "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
    found = tuple(_WORD.findall(_THOUSANDS.sub("", plain)))
    return found[1:] if len(found) > 1 and found[0] in _ARTICLES else found


def judge(
    question: str, answer: str, exact: str | None, right_answers: Sequence[str]
) -> Judgement | None:
    """Compare ``exact`` with ``right_answers`` (the reference answer and its aliases).

    The verdict is ``RIGHT`` if all words are equal. It is ``CANNOT_TELL`` if there is no exact
    answer, if one of the two texts contains the other, or if ``answer`` contains a right answer
    outside ``exact``. Otherwise it is ``WRONG``. The reason is one sentence for the page.

    Returns:
        None if there is no right answer to compare with.
    """
    golds = {_key(gold): gold for gold in reversed(right_answers) if gold.strip()}
    if not golds:
        return None
    if exact is None:
        return Judgement(Verdict.CANNOT_TELL, _reason_for_none(answer))
    said = _key(exact)
    if said in golds:
        if golds[said] == exact:
            which = "the right answer" if exact == right_answers[0] else "one of the right answers"
            return Judgement(Verdict.RIGHT, f"“{exact}” is {which}.")
        why = f"“{exact}” counts as equal to “{golds[said]}”."
        return Judgement(Verdict.RIGHT, why)
    for gold, written in golds.items():
        if _contains(said, gold) or _contains(gold, said):
            why = f"“{exact}” and “{written}” share words but differ. Add “{exact}” as an alias"
            return Judgement(Verdict.CANNOT_TELL, f"{why} if it is right.")
        if _contains(words(answer), gold) and not _contains(words(question), gold):
            why = f"The answer also contains “{written}”, but “{exact}” is marked. Correct the mark"
            return Judgement(Verdict.CANNOT_TELL, f"{why} if “{written}” is the exact answer.")
    return Judgement(Verdict.WRONG, f"“{exact}” is not {_list_answers(golds)}.")


def _key(text: str) -> tuple[str, ...]:
    """The words of a text, or the stripped text if it has no words, such as "+"."""
    return words(text) or (text.strip(),)


def _contains(these: tuple[str, ...], those: tuple[str, ...]) -> bool:
    n = len(those)
    return any(these[at : at + n] == those for at in range(len(these) - n + 1))


def _reason_for_none(answer: str) -> str:
    if not answer.strip():
        return "The answer is empty."
    return "No exact answer was found in the answer. Mark the tokens that answer the question."


def _list_answers(golds: dict[tuple[str, ...], str]) -> str:
    # The reference answer was inserted last, so that its spelling wins over an equal alias.
    written = list(reversed(golds.values()))
    others = f" or any of {len(written) - 1} aliases" if len(written) > 2 else ""
    others = f" or “{written[1]}”" if len(written) == 2 else others
    return f"“{written[0]}”{others}"
