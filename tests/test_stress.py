"""The stress run ends with a table, and with an error if a row of it failed."""

import sys
from collections.abc import Iterator

import pytest

from tests.stress import __main__ as stress
from tests.stress.table import Part, Row, some


def steady(share: float) -> Iterator[Row]:
    yield Row("a thing is tried", some(20, share), "nothing happened")


def breaking(share: float) -> Iterator[Row]:
    yield Row("another thing is tried", 1, "nothing happened")
    raise ValueError("it broke")


def run(monkeypatch: pytest.MonkeyPatch, *parts: Part) -> object:
    monkeypatch.setattr(stress, "PARTS", parts)
    monkeypatch.setattr(sys, "argv", ["stress", "--share", "0.1"])
    with pytest.raises(SystemExit) as ended:
        stress.main()
    return ended.value.code


def test_a_run_without_a_failure_ends_with_its_table(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    assert run(monkeypatch, Part("steady", "about", steady)) == 0
    told = capsys.readouterr().out
    assert "a thing is tried" in told and " 2 " in told and "1 rows, 0 failed" in told


def test_an_error_is_a_row_that_failed_and_the_other_parts_still_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    parts = (Part("breaking", "about", breaking), Part("steady", "about", steady))
    assert run(monkeypatch, *parts) == 1
    told = capsys.readouterr().out
    assert "ValueError: it broke" in told and "FAILED" in told
    assert "a thing is tried" in told and "3 rows, 1 failed" in told
