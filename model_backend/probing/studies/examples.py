"""What a study keeps of its answers: a table of those it used, and all that it could not use."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from model_backend.api.questions import Verdict
from model_backend.api.study_results import DroppedAnswer, ExampleTable
from model_backend.probing.studies.asking import MISSING, Asked


def presence(asked: Sequence[Asked]) -> Bool[np.ndarray, "position example"]:
    """Which answers have which named position."""
    return (np.array([each.indices for each in asked]) != MISSING).T


def make_examples(
    asked: Sequence[Asked], baselines: Float[np.ndarray, "example baseline"]
) -> ExampleTable:
    """The answers behind a study, none of which was dropped."""
    return ExampleTable(
        question=tuple(each.question.question for each in asked),
        right_answer=tuple(each.question.answer for each in asked),
        aliases=tuple(each.question.aliases for each in asked),
        answer=tuple(each.answer for each in asked),
        exact_answer=tuple(each.exact_answer for each in asked),
        group=tuple(each.question.group for each in asked),
        is_right=np.array([each.verdict is Verdict.RIGHT for each in asked], dtype=bool),
        baselines=baselines,
        indices=np.array([each.indices for each in asked], dtype=np.int32),
    )


def make_dropped(asked: Sequence[Asked]) -> tuple[DroppedAnswer, ...]:
    """Of all answers those that cannot be used, in the order in which they were asked for."""
    return tuple(
        DroppedAnswer(
            question=each.question.question,
            right_answer=each.question.answer,
            aliases=each.question.aliases,
            answer=each.answer,
            exact_answer=each.exact_answer,
            group=each.question.group,
            reason=each.dropped,
        )
        for each in asked
        if each.dropped
    )
