"""Who asks first comes first, also against one who asks again and again."""

import threading

import pytest

from model_backend.sharing.fair_lock import FairLock
from tests.waiting import until


def test_one_at_a_time_in_the_order_of_asking() -> None:
    turns, order, inside = FairLock(), list[int](), list[int]()

    def take(number: int) -> None:
        with turns:
            inside.append(number)
            assert len(inside) == 1
            order.append(number)
            inside.remove(number)

    threads = [threading.Thread(target=take, args=(number,)) for number in range(6)]
    with turns:
        for thread in threads:
            thread.start()
            until(lambda: len(turns._waiting) == sum(map(threading.Thread.is_alive, threads)))
    for thread in threads:
        thread.join(timeout=30)
    assert order == list(range(6))


def test_a_waiter_gets_its_turn_between_two_turns_of_a_greedy_one() -> None:
    turns, stop, taken = FairLock(), threading.Event(), list[str]()

    def greedy() -> None:
        while not stop.is_set():
            with turns:
                until(lambda: bool(turns._waiting) or stop.is_set())
                taken.append("greedy")

    def patient() -> None:
        for _ in range(5):
            with turns:
                taken.append("patient")
        stop.set()

    threads = [threading.Thread(target=run) for run in (greedy, patient)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert "".join(name[0] for name in taken).count("gg") == 0
    assert taken.count("patient") == 5


def test_an_error_inside_lets_go() -> None:
    turns = FairLock()
    with pytest.raises(ValueError, match="wrong"), turns:
        raise ValueError("wrong")
    assert not turns._taken and not turns._waiting
