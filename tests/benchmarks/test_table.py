"""The table says plainly what is over."""

import pytest

from benchmarks.pairs import Ratio
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


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [
        (Ratio(1.2, 1.1, 1.24), "ok"),
        (Ratio(1.2, 1.1, 1.3), "ok, unsure"),
        (Ratio(1.4, 1.2, 1.6), "over, unsure"),
        (Ratio(1.4, 1.3, 1.6), "over"),
        (Ratio(1.4, 1.3, 1.6, is_disturbed=True), "over, unsure"),
    ],
)
def test_a_ratio_shows_its_interval_and_says_when_it_is_unsure(ratio: Ratio, verdict: str) -> None:
    line = str(Line("ratio", ratio.value, limit=1.25, ratio=ratio))
    assert f"{ratio.value:.2f} [{ratio.low:.2f}, {ratio.high:.2f}]" in line
    assert line.endswith(f" {verdict}")


def test_a_long_cell_keeps_a_space_before_the_next() -> None:
    assert "x" * 40 + " 1.25" in columns("what", "x" * 40, "1.25")
