"""One rule for numbers in sentences: probabilities in percent, ranks whole, others three digits."""

from math import floor, log10

SMALLEST = 0.001
"""Shares below this are ``<0.1 %``: their digits are mostly rounding errors of float32."""
SHARES = ("probability",)
"""Units that are written as percentages."""
BEFORE = ("AUC", "P(correct)")
"""Units that are written before their number."""


def percent(share: float) -> str:
    """A share of one: ``<0.1 %``, ``6.9 %``, ``77 %``; never 100 % unless it is all."""
    size, sign = abs(share), "-" if share < 0 else ""
    if size == 0 or size >= 1:
        return f"{sign}{100 * size:.0f} %"
    if size < SMALLEST:
        return "<0.1 %" if share > 0 else ">-0.1 %"
    if size >= 0.9995:
        return ">99.9 %" if share > 0 else "<-99.9 %"
    is_whole = 0.0995 <= size < 0.985
    return f"{sign}{100 * size:.0f} %" if is_whole else f"{sign}{100 * size:.1f} %"


def significant(value: float) -> str:
    """Three significant digits, written out where that stays short."""
    size = abs(value)
    if size == 0:
        return "0"
    if not 1e-3 <= size < 999_500:
        return f"{value:.3g}"
    decimals = 2 - floor(log10(float(f"{size:.2e}")))
    return f"{round(float(value), decimals):,.{max(decimals, 0)}f}"


def amount(value: float, unit: str = "", *, is_whole: bool = False) -> str:
    """A value with its unit; ``is_whole`` is true of ranks and counts."""
    if unit in SHARES:
        return percent(value)
    text = f"{value:,.0f}" if is_whole else significant(value)
    return f"{unit} {text}" if unit in BEFORE else f"{text} {unit}".rstrip()
