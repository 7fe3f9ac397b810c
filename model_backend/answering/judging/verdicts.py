"""Labels an answer *right*, *wrong*, *cannot tell* or *no answer*, and gives the reason."""

from collections.abc import Sequence

from model_backend.answering.judging.closed_answers import judge_closed
from model_backend.answering.judging.open_answers import judge_open
from model_backend.answering.judging.phrases import Phrase
from model_backend.answering.judging.rules import NO_RULES, LabelRules, keys_of
from model_backend.answering.judging.words import words
from model_backend.api.questions import Judgement, Verdict

EMPTY = Judgement(Verdict.NO_ANSWER, "The answer is empty.")


def judge(
    question: str,
    answer: str,
    right_answers: Sequence[str],
    *,
    wrong_answers: Sequence[str] = (),
    rules: LabelRules = NO_RULES,
) -> Judgement | None:
    """Label the text of an answer by its right answer and aliases.

    The label rests on characters alone; it does not depend on the exact answer.

    - ``RIGHT``: a right answer stands, on the boundaries of words, in what the answer asserts: its
      first sentence, or all of it where ``rules`` say so. Numbers are compared by value.
    - ``WRONG``: no right answer stands there, or only within an answer that is known from another
      row.
    - ``CANNOT_TELL``: it stands there only within another longer name, negated, in words repeated
      from the question, or beside a rival that the answer does not decide between.
    - ``NO_ANSWER``: the answer is empty or a refusal.

    With ``wrong_answers``, or in a data set with a closed set of answers, the whole answer is read
    for which one of them it asserts; if none or several, the label is ``CANNOT_TELL``.

    Args:
        answer: as generated; its spaces count for ``Judgement.right_spans``.

    Returns:
        None if there is no right answer to compare with.
    """
    right = [Phrase(text) for text in right_answers if text.strip()]
    if not right:
        return None
    if not answer.strip():
        return EMPTY
    ours = keys_of(right_answers)
    others = wrong_answers or rules.closed
    rivals = [Phrase(text) for text in others if words(text) and words(text) not in ours]
    if rivals:
        return judge_closed(question, answer, right, rivals)
    return judge_open(question, answer, right, wrong_answers, rules)
