"""The form of an answer is its lengths, the place of its exact answer, and how it ended."""

import numpy as np

from model_backend.api.datasets import DatasetQuestion
from model_backend.api.questions import Verdict
from model_backend.probing.studies.answers.answer_form import FEATURES, answer_forms
from model_backend.probing.studies.answers.asking import AskedQuestion


def asked(
    n_tokens: int, answer: str, exact: tuple[int, int] | None, is_cut_off: bool = False
) -> AskedQuestion:
    """An answer after a prompt of two tokens."""
    return AskedQuestion(
        question=DatasetQuestion("q", "a"),
        token_ids=tuple(range(n_tokens + 2)),
        n_prompt=2,
        answer=answer,
        exact_answer="",
        exact_range=None if exact is None else (exact[0] + 2, exact[1] + 2),
        indices=(),
        verdict=Verdict.WRONG,
        is_cut_off=is_cut_off,
    )


ANSWERS = [
    asked(5, "It is Rome.", (2, 2)),
    asked(9, "It is Rome. It is in Italy.", (2, 3)),
    asked(9, "It is in the city of Rome", (7, 8), is_cut_off=True),
    asked(3, "No idea.", None),
]


def test_every_column_has_mean_zero_and_deviation_one() -> None:
    forms = answer_forms(ANSWERS)
    assert forms.shape == (4, len(FEATURES))
    np.testing.assert_allclose(forms.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(forms.std(axis=0), 1)


def test_larger_numbers_have_larger_features() -> None:
    forms = dict(zip(FEATURES, answer_forms(ANSWERS).T, strict=True))
    orders = {name: np.argsort(column, kind="stable").tolist() for name, column in forms.items()}
    assert orders["tokens of the answer"] == [3, 0, 1, 2]
    assert orders["sentences of the answer"][-1] == 1
    assert orders["1 if it was cut off"][-1] == 2
    assert orders["1 if an exact answer was found"][0] == 3
    assert orders["tokens of the exact answer"] == [3, 0, 1, 2]
    assert orders["tokens before the exact answer"][-1] == 2


def test_a_column_that_is_the_same_for_all_is_zero() -> None:
    assert not answer_forms([ANSWERS[0], ANSWERS[0]]).any()


def test_the_form_does_not_depend_on_labels_or_words() -> None:
    one, other = asked(5, "It is Rome.", (2, 2)), asked(5, "It is Oslo.", (2, 2))
    assert (answer_forms([one, *ANSWERS])[0] == answer_forms([other, *ANSWERS])[0]).all()
