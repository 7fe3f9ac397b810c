"""Work in steps: several at once, results in order, and a pause after every turn."""

from collections.abc import Iterator

import pytest
import torch

from model_backend.engine import turns
from model_backend.engine.turns import Steps, finish, in_turns


def count_to(n: int, seen: list[bool]) -> Steps[int]:
    for _ in range(n):
        seen.append(torch.is_inference_mode_enabled())
        yield
    return n


@pytest.fixture(autouse=True)
def one_step_a_turn(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock stands for one step, and then a turn is over."""
    now = iter(range(10_000))
    monkeypatch.setattr(turns.time, "perf_counter", lambda: float(next(now)))
    monkeypatch.setattr(turns, "TURN", 0.5)
    yield


@pytest.mark.parametrize("n_workers", [1, 2])
def test_works_of_different_lengths_keep_their_order(n_workers: int) -> None:
    seen: list[bool] = []
    found = in_turns([count_to(n, seen) for n in (5, 0, 9)], n_workers, lambda: None)
    assert found == [5, 0, 9]
    assert seen == [True] * 14


def test_others_have_their_turn_between_steps_and_may_end_the_work() -> None:
    pauses: list[int] = []
    in_turns([count_to(6, [])], 1, lambda: pauses.append(1))
    assert len(pauses) >= 6

    def refuses() -> None:
        raise ValueError("nobody waits")

    seen: list[bool] = []
    with pytest.raises(ValueError, match="nobody waits"):
        in_turns([count_to(6, seen)], 1, refuses)
    assert len(seen) == 1


def test_all_steps_at_once_give_the_same_result() -> None:
    assert finish(count_to(4, [])) == 4
