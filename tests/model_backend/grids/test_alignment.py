"""Tokens and layers of two maps find their partners; worked by hand, and by laws."""

from difflib import SequenceMatcher

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_backend import (
    Align,
    BadRequest,
    LayerTokenGrid,
    align_layers,
    align_tokens,
    layer_labels,
    subtract,
)

WORDS = st.lists(st.sampled_from("abc"), max_size=8)


def pairs(left: str, right: str, how: Align) -> list[tuple[int, int]]:
    return [(pair.left, pair.right) for pair in align_tokens(left, right, how)]


@pytest.mark.parametrize(
    ("left", "right", "how", "wanted"),
    [
        ("abc", "xy", Align.POSITION, [(0, 0), (1, 1)]),
        ("abc", "xbc", Align.SUFFIX, [(1, 1), (2, 2)]),
        ("abc", "c", Align.SUFFIX, [(2, 0)]),
        ("abc", "abd", Align.SUFFIX, []),
        ("bc", "abc", Align.SUFFIX, [(0, 1), (1, 2)]),
        ("abc", "abc", Align.TOKEN, [(0, 0), (1, 1), (2, 2)]),
        ("abcd", "axcd", Align.TOKEN, [(0, 0), (2, 2), (3, 3)]),
        ("abcd", "aXXbcd", Align.TOKEN, [(0, 0), (1, 3), (2, 4), (3, 5)]),
        ("aaa", "aa", Align.TOKEN, [(0, 0), (1, 1)]),
        ("xay", "bab", Align.TOKEN, [(1, 1)]),
        ("ab", "ba", Align.TOKEN, [(1, 0)]),
        ("", "a", Align.TOKEN, []),
        ("ab", "", Align.POSITION, []),
        ("abc", "cxa", Align.NAME, [(0, 2), (2, 0)]),
    ],
)
def test_worked_alignments(left: str, right: str, how: Align, wanted: list[object]) -> None:
    assert pairs(left, right, how) == wanted


@given(WORDS, WORDS)
def test_equal_tokens_are_equal_and_never_cross(left: list[str], right: list[str]) -> None:
    found = align_tokens(left, right, Align.TOKEN)
    assert all(left[pair.left] == right[pair.right] for pair in found)
    for side in ("left", "right"):
        places = [getattr(pair, side) for pair in found]
        assert places == sorted(set(places))


@given(WORDS, WORDS)
def test_no_alignment_has_more_equal_tokens(left: list[str], right: list[str]) -> None:
    assert len(align_tokens(left, right, Align.TOKEN)) == longest(tuple(left), tuple(right))
    blocks = SequenceMatcher(None, left, right, autojunk=False).get_matching_blocks()
    assert len(align_tokens(left, right, Align.TOKEN)) >= sum(block.size for block in blocks)


def longest(left: tuple[str, ...], right: tuple[str, ...]) -> int:
    """The definition itself."""
    if not left or not right:
        return 0
    if left[0] == right[0]:
        return 1 + longest(left[1:], right[1:])
    return max(longest(left[1:], right), longest(left, right[1:]))


def test_texts_too_long_to_search_get_a_sentence() -> None:
    with pytest.raises(BadRequest, match="3,000 and 3,000 tokens"):
        align_tokens(range(3000), range(10_000, 13_000), Align.TOKEN)


def test_long_texts_that_differ_little_are_aligned() -> None:
    left = list(range(4096))
    right = [*left[:2000], -1, *left[2000:]]
    assert len(align_tokens(left, right, Align.TOKEN)) == 4096


@pytest.mark.parametrize(
    ("n_rows", "n_other", "wanted"),
    [
        (5, 5, [0, 1, 2, 3, 4]),
        (5, 3, [0, 0, 1, 1, 2]),  # halves go down
        (4, 7, [0, 2, 4, 6]),
        (7, 4, [0, 0, 1, 1, 2, 2, 3]),
        (3, 33, [0, 16, 32]),
        (1, 4, [0]),
        (4, 1, [0, 0, 0, 0]),
    ],
)
def test_layers_align_by_fraction_of_depth(n_rows: int, n_other: int, wanted: list[int]) -> None:
    assert align_layers(n_rows, n_other) == wanted


@given(st.integers(2, 90), st.integers(2, 90))
def test_layers_align_monotonically_end_to_end_and_never_off_by_more_than_half(
    n_rows: int, n_other: int
) -> None:
    rows = np.array(align_layers(n_rows, n_other))
    assert rows[0] == 0 and rows[-1] == n_other - 1
    assert (np.diff(rows) >= 0).all()
    depth, other = np.arange(n_rows) / (n_rows - 1), rows / (n_other - 1)
    assert np.abs(depth - other).max() <= 0.5 / (n_other - 1) + 1e-12


def grid(values: list[list[float]], tokens: str) -> LayerTokenGrid:
    numbers = np.array(values, dtype=np.float32)
    return LayerTokenGrid("m", numbers, layer_labels(len(values) - 1), tuple(tokens), "bits")


LEFT = grid([[1, 2, 3], [4, 5, 6], [7, 8, 9]], "abc")
RIGHT = grid([[10, 20], [30, 40]], "ac")


def test_a_difference_is_left_less_right_where_they_meet() -> None:
    found = subtract(LEFT, RIGHT, align_tokens("abc", "ac", Align.TOKEN))
    assert found.grid.values.tolist() == [[-9, -17], [-6, -14], [-23, -31]]
    assert (found.grid.token_labels, found.grid.midpoint, found.grid.unit) == (
        ("a", "c"),
        0,
        "bits",
    )
    assert found.grid.layer_labels == ("embed", "1", "2")
    assert [(row.left, row.right) for row in found.rows] == [(0, 0), (1, 0), (2, 1)]


def test_the_other_way_round_every_sign_is_turned() -> None:
    there = subtract(LEFT, RIGHT, align_tokens("abc", "ac", Align.TOKEN)).grid.values
    back = subtract(RIGHT, LEFT, align_tokens("ac", "abc", Align.TOKEN)).grid.values
    assert np.array_equal(there, -back)


def test_a_map_less_itself_is_zero_and_missing_cells_stay_missing() -> None:
    holed = grid([[1, np.nan], [3, 4]], "ab")
    found = subtract(holed, holed, align_tokens("ab", "ab", Align.TOKEN))
    assert np.array_equal(found.grid.values, np.array([[0, np.nan], [0, 0]]), equal_nan=True)


def test_what_has_no_name_has_no_partner_by_name() -> None:
    found = align_tokens(["", "end"], ["end", ""], Align.NAME)
    assert [(pair.left, pair.right) for pair in found] == [(1, 0)]


def test_maps_that_share_nothing_get_a_sentence() -> None:
    with pytest.raises(BadRequest, match="Choose another alignment"):
        subtract(LEFT, RIGHT, ())
