"""One rule for numbers: probabilities in percent, ranks whole, others three digits."""

import pytest

from model_backend.grids.numbers import amount, percent


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0 %"),
        (4e-7, "<0.1 %"),
        (0.00099, "<0.1 %"),
        (0.001, "0.1 %"),
        (0.0694, "6.9 %"),
        (0.09949, "9.9 %"),
        (0.0996, "10 %"),
        (0.768, "77 %"),
        (0.9849, "98 %"),
        (0.993, "99.3 %"),
        (0.99961, ">99.9 %"),
        (1.0, "100 %"),
        (-0.31, "-31 %"),
        (-0.0002, ">-0.1 %"),
    ],
)
def test_a_share_is_a_percentage_that_never_rounds_to_none_or_all(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(
    ("value", "unit", "is_whole", "text"),
    [
        (49_100.0, "", True, "49,100"),
        (1.0, "", True, "1"),
        (0.0, "bits", False, "0 bits"),
        (0.5, "", False, "0.500"),
        (99.96, "bits", False, "100 bits"),
        (-12.345, "", False, "-12.3"),
        (123456.0, "", False, "123,000"),
        (0.00012, "", False, "0.00012"),
        (2.5e7, "", False, "2.5e+07"),
        (0.8441, "AUC", False, "AUC 0.844"),
        (0.25, "probability", False, "25 %"),
    ],
)
def test_an_amount_has_its_unit(value: float, unit: str, is_whole: bool, text: str) -> None:
    assert amount(value, unit, is_whole=is_whole) == text
