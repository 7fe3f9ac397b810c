"""Who asks first comes first, also against one who asks again and again."""

import threading
import time

from model_backend.sharing.turns import Turns


def test_one_at_a_time_in_the_order_of_asking() -> None:
    turns, order, inside = Turns(), list[int](), list[int]()

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
            time.sleep(0.02)
    for thread in threads:
        thread.join(timeout=5)
    assert order == list(range(6))


def test_a_waiter_gets_its_turn_between_two_turns_of_a_greedy_one() -> None:
    turns, stop, had = Turns(), threading.Event(), list[float]()

    def greedy() -> None:
        while not stop.is_set():
            with turns:
                time.sleep(0.002)

    busy = threading.Thread(target=greedy)
    busy.start()
    for _ in range(5):
        start = time.perf_counter()
        with turns:
            had.append(time.perf_counter() - start)
    stop.set()
    busy.join(timeout=5)
    assert max(had) < 1


def test_an_error_inside_lets_go() -> None:
    turns = Turns()
    try:
        with turns:
            raise ValueError
    except ValueError:
        pass
    with turns:
        pass
