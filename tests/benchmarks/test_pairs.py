"""Ratios of paired times are robust, and say when the machine was too busy to tell."""

import os
import subprocess
import sys
import time

import numpy as np
import pytest

from benchmarks.pairs import FEWEST, TASKS, choose_pairs, ratio_of, time_pairs, waited


def test_a_pair_is_timed_in_turns_and_each_time_on_something_new() -> None:
    ran: list[str] = []
    numbers = iter(range(100))

    def pair() -> tuple:
        number = next(numbers)
        return lambda: ran.append(f"measured {number}"), lambda: ran.append(f"floor {number}")

    pairs = time_pairs(pair, seconds=0)
    assert len(pairs.measured) == len(pairs.beside) == 2
    assert ran[:4] == ["floor 0", "measured 0", "measured 1", "floor 1"]


def test_one_pair_that_something_else_slowed_moves_no_ratio() -> None:
    beside = np.ones(25)
    measured = np.linspace(1.1, 1.2, 25)
    calm = ratio_of(measured, beside)
    measured[-1] = 50.0
    assert ratio_of(measured, beside) == calm
    assert calm.value == pytest.approx(1.15)
    assert 1.1 < calm.low < 1.15 < calm.high < 1.2


def test_the_interval_holds_the_median_in_about_95_of_100_runs() -> None:
    rng = np.random.default_rng(0)
    runs = [ratio_of(np.exp(rng.standard_cauchy(25)), np.ones(25)) for _ in range(400)]
    assert 0.92 < np.mean([run.low <= 1 <= run.high for run in runs]) < 0.99


def test_only_undisturbed_pairs_count_if_there_are_enough() -> None:
    times = np.array([[1.1, 1.0]] * 10 + [[3.0, 1.0]] * 40)
    pairs = choose_pairs(times, np.array([0.01] * 10 + [0.6] * 40))
    assert pairs.ratio.value == pytest.approx(1.1)
    assert not pairs.ratio.is_disturbed
    assert pairs.inverse_ratio.value == pytest.approx(1 / 1.1)
    assert pairs.sureness == "10 of 50 pairs, 10 undisturbed"


def test_a_machine_that_is_never_quiet_gives_a_ratio_that_is_unsure() -> None:
    times = np.array([[3.0, 1.0]] * 40 + [[1.3, 1.0]] * FEWEST)
    pairs = choose_pairs(times, np.array([0.9] * 40 + [0.4] * FEWEST))
    assert pairs.ratio.value == pytest.approx(1.3)
    assert pairs.ratio.is_unsure(1.25) and pairs.ratio.is_unsure(2.0)
    assert not pairs.ratio.is_unsure(20.0)


@pytest.mark.skipif(not TASKS.exists(), reason="needs Linux")
def test_queueing_for_a_core_is_seen() -> None:
    before, cores = waited(), os.sched_getaffinity(0)
    core = min(cores)
    spin = f"import os\nos.sched_setaffinity(0, {{{core}}})\nprint(flush=True)\nwhile True: pass"
    rival = subprocess.Popen([sys.executable, "-c", spin], stdout=subprocess.PIPE)
    try:
        assert rival.stdout is not None
        rival.stdout.readline()
        os.sched_setaffinity(0, {core})
        until = time.perf_counter() + 0.5
        while time.perf_counter() < until:
            pass
    finally:
        os.sched_setaffinity(0, cores)
        rival.kill()
        rival.communicate()
    assert waited() - before > 0.05
