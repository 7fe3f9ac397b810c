"""The table says plainly what is over."""

import pytest

from benchmarks.speed import time_pairs
from benchmarks.table import HEAD, Line, columns


@pytest.mark.parametrize(("value", "verdict"), [(1.24, "ok"), (1.25, "ok"), (1.2501, "over")])
def test_a_value_is_over_once_it_is_beyond_its_limit(value: float, verdict: str) -> None:
    assert str(Line("ratio", value, limit=1.25)).endswith(verdict)


@pytest.mark.parametrize(("value", "verdict"), [(0.9, "ok"), (1.1, "ok"), (0.899, "under")])
def test_a_value_is_under_if_it_has_a_least_and_does_not_reach_it(
    value: float, verdict: str
) -> None:
    line = str(Line("share", value, limit=0.9, is_least=True))
    assert "at least 0.9" in line and line.endswith(verdict)


def test_what_has_no_limit_gets_no_verdict() -> None:
    line = str(Line("vocabulary", 33.4, "KiB", digits=1))
    assert "33.4 KiB" in line
    assert "ok" not in line


def test_what_could_not_be_measured_says_why_and_is_not_ok() -> None:
    line = str(Line("peak memory", None, limit=300, note="needs Linux"))
    assert "not available (needs Linux)" in line
    assert "ok" not in line


def test_the_columns_of_every_line_are_aligned() -> None:
    head, line = columns(*HEAD), str(Line("draw", 12, "ms", 150, is_guide=True))
    assert head.index("limit") == line.index("guide 150")


def test_a_pair_is_timed_in_turns_and_each_time_on_something_new() -> None:
    ran: list[str] = []
    numbers = iter(range(100))

    def pair() -> tuple:
        number = next(numbers)
        return lambda: ran.append(f"measured {number}"), lambda: ran.append(f"floor {number}")

    measured, floor = time_pairs(pair, seconds=0)
    assert len(measured) == len(floor) == 2
    assert ran[:4] == ["floor 0", "measured 0", "measured 1", "floor 1"]
