"""The search finds the likeliest sequence, and reads few of them."""

import math
import random

from hypothesis import given
from hypothesis import strategies as st

from model_backend.answering.span_search import Ids, SpanSearch

END = 9


def log_prob(start: Ids, token_id: int) -> float:
    """A made-up language: every beginning has its own probabilities, whose sum is below 1."""
    return math.log(random.Random(repr((start, token_id))).uniform(0.001, 0.1))


def total(ids: Ids) -> float:
    return sum(log_prob(ids[:at], token_id) for at, token_id in enumerate(ids))


def run(sequences: list[Ids], likely: Ids = ()) -> tuple[int, int]:
    """The best sequence by the search, and how many beginnings it read.

    Each token of ``likely`` has probability 0.8 after those before it.
    """
    search, n_read = SpanSearch(sequences), 0
    while (path := search.path()) is not None:
        n_read += 1
        wanted = search.wanted(path)
        values = [
            [
                math.log(0.8) if (*path[:at], t) == likely[: at + 1] else log_prob(path[:at], t)
                for t in ids
            ]
            for at, ids in enumerate(wanted)
        ]
        search.take(path, values)
    return search.best, n_read


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=5), min_size=1, max_size=20))
def test_the_best_is_that_of_scoring_every_sequence(bodies: list[list[int]]) -> None:
    sequences = [(*body, END) for body in bodies]
    assert sequences[run(sequences)[0]] == max(sequences, key=total)


def test_of_equal_sequences_the_first_is_taken() -> None:
    assert run([(1, END), (1, END), (1, 1, END)])[0] in (0, 2)
    assert run([(1, END), (1, END)])[0] == 0


def test_where_the_model_is_sure_few_of_many_beginnings_are_read() -> None:
    words = [random.Random(n).randrange(1000) for n in range(60)]
    sequences = [(*words[at : at + n], 1000) for at in range(52) for n in range(1, 9)]
    best, n_read = run(sequences, likely=sequences[100])
    assert best == 100
    assert n_read <= 3


def test_nothing_is_searched_among_no_sequences() -> None:
    assert SpanSearch([]).best == -1
