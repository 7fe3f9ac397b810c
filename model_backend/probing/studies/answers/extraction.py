"""Measures how well the exact answers of a study were found; right answers are used here alone."""

from collections import Counter
from collections.abc import Sequence
from statistics import median

from model_backend.answering.judging.words import words
from model_backend.api.questions import Verdict
from model_backend.api.study_results import Extraction
from model_backend.probing.statistics.wilson import share_with_interval
from model_backend.probing.studies.answers.asking import AskedQuestion


def measure_extraction(asked: Sequence[AskedQuestion], n_cut_off: int) -> Extraction:
    """Measure the exact answers of used answers.

    Right answers whose places are not known, from shards of an older version, are left out.

    Args:
        n_cut_off: answers that were cut off, dropped ones included.
    """
    right = [each for each in asked if each.verdict is Verdict.RIGHT and each.right_spans]
    wrong = [each for each in asked if each.verdict is Verdict.WRONG]
    held = [each for each in right if _right_words(each) is not None]
    extra = [_count_words(each, each.exact_span) - (_right_words(each) or 0) for each in held]
    return Extraction(
        found_by=dict(Counter(each.found_by.value for each in asked)),
        n_right=len(right),
        n_held=len(held),
        recall=share_with_interval(len(held), len(right)),
        extra_words=float(median(extra)) if extra else float("nan"),
        found_right=_share_found(right),
        found_wrong=_share_found(wrong),
        n_cut_off=n_cut_off,
    )


def _right_words(asked: AskedQuestion) -> int | None:
    """Words of the longest right answer within the exact answer; None if it holds none."""
    if asked.exact_span is None:
        return None
    start, end = asked.exact_span
    inside = [span for span in asked.right_spans if start <= span[0] and span[1] <= end]
    return max((_count_words(asked, span) for span in inside), default=None)


def _count_words(asked: AskedQuestion, span: tuple[int, int] | None) -> int:
    return 0 if span is None else len(words(asked.answer[span[0] : span[1]]))


def _share_found(asked: Sequence[AskedQuestion]) -> float:
    return sum(bool(each.exact_answer) for each in asked) / len(asked) if asked else float("nan")
