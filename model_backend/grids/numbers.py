"""One rule for numbers: probabilities in percent, ranks and counts whole, others three digits.

``assets/base/numbers.js`` follows the same rule in the browser; ``tests/fixtures/numbers.json`` has
examples for both.
"""

from decimal import ROUND_HALF_UP, Decimal
from math import floor, log10

SMALLEST = 0.001
"""Shares below this are ``<0.1 %``: their digits are mostly rounding errors of float32."""
SHARES = ("probability",)
"""Units that are written as percentages."""
BEFORE = ("AUC", "P(correct)")
"""Units that are written before their number, which has three decimals."""
WITHOUT_FRACTION = 1e15
SMALL, LARGE = 1e-4, 999_500
"""Values that are smaller or larger are written with a power of ten."""


def percent(share: float) -> str:
    """A share of one: ``<0.1 %``, ``6.9 %``, ``77 %``; never 100 % unless it is all."""
    size, sign = abs(share), "-" if share < 0 else ""
    if size == 0 or size >= 1:
        return f"{sign}{_fixed(100 * size, 0)} %"
    if size < SMALLEST:
        return "<0.1 %" if share > 0 else ">-0.1 %"
    if size >= 0.9995:
        return ">99.9 %" if share > 0 else "<-99.9 %"
    is_whole = 0.0995 <= size < 0.985
    return f"{sign}{_fixed(100 * size, 0 if is_whole else 1)} %"


def significant(value: float) -> str:
    """Three significant digits, written out where that stays short."""
    size = abs(value)
    if size == 0:
        return "0"
    if not SMALL <= size < LARGE:
        mantissa, power = f"{value:.2e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"
    decimals = 2 - floor(log10(float(f"{size:.2e}")))
    return _fixed(value, decimals)


def amount(value: float, unit: str = "", *, is_whole: bool = False) -> str:
    """A value with its unit; ``is_whole`` is true of ranks and counts."""
    if unit in SHARES:
        return percent(value)
    if unit in BEFORE:
        return f"{unit} {_fixed(value, 3)}"
    is_integer = float(value).is_integer() and abs(value) < LARGE
    text = _fixed(value, 0) if is_whole or is_integer else significant(value)
    return f"{text} {unit}".rstrip()


def _fixed(value: float, decimals: int) -> str:
    """Rounded half away from zero, as browsers round, with commas between thousands."""
    if abs(value) >= WITHOUT_FRACTION:
        return f"{value:,.0f}"
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{rounded + 0:,f}"
