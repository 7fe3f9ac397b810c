"""Builds the table of used answers and the list of dropped answers of a study."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from model_backend.api.datasets import NO_ROW
from model_backend.api.questions import Verdict
from model_backend.api.study_tables import DroppedAnswer, ExampleTable
from model_backend.probing.studies.answers.asking import MISSING, AskedQuestion


def presence(asked: Sequence[AskedQuestion]) -> Bool[np.ndarray, "position example"]:
    """True where an answer has a named position."""
    return (np.array([each.indices for each in asked]) != MISSING).T


def make_examples(
    asked: Sequence[AskedQuestion], baselines: Float[np.ndarray, "example baseline"]
) -> ExampleTable:
    """Build the table of used answers; ``asked`` must not hold dropped ones."""
    return ExampleTable(
        question=tuple(each.question.question for each in asked),
        right_answer=tuple(each.question.answer for each in asked),
        aliases=tuple(each.question.aliases for each in asked),
        answer=tuple(each.answer for each in asked),
        exact_answer=tuple(each.exact_answer for each in asked),
        group=tuple(each.question.group for each in asked),
        is_correct=np.array([each.verdict is Verdict.RIGHT for each in asked], dtype=bool),
        baselines=baselines,
        indices=np.array([each.indices for each in asked], dtype=np.int32),
        row=_rows(asked),
    )


def _rows(asked: Sequence[AskedQuestion]) -> tuple[int, ...]:
    """Row numbers in the data set's file; none if one of them is not known."""
    rows = tuple(each.question.row for each in asked)
    return () if NO_ROW in rows else rows


def make_dropped(asked: Sequence[AskedQuestion]) -> tuple[DroppedAnswer, ...]:
    """List the dropped answers with their reasons, in the order of the questions."""
    return tuple(
        DroppedAnswer(
            question=each.question.question,
            right_answer=each.question.answer,
            aliases=each.question.aliases,
            answer=each.answer,
            exact_answer=each.exact_answer,
            group=each.question.group,
            reason=each.dropped,
            why=each.why,
            row=each.question.row,
        )
        for each in asked
        if each.dropped
    )
