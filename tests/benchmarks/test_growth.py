"""An exponent is the power that a cost grows by."""

import pytest

from benchmarks.growth import exponent


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0, 2.0])
def test_the_power_of_a_cost_is_found(power: float) -> None:
    sizes = (64, 512, 4096)
    assert exponent(sizes, [3 * size**power for size in sizes]) == pytest.approx(power)


def test_a_fixed_cost_beside_one_in_proportion_grows_by_less_than_one() -> None:
    sizes = (12, 32, 80)
    assert 0 < exponent(sizes, [10 + size for size in sizes]) < 1
