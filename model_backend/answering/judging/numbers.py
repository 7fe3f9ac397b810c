"""Reads numbers, in digits or in English words, as exact values."""

import re
from collections.abc import Sequence
from fractions import Fraction

_GROUPED = re.compile(
    r"\d{1,3}(?:[,'\u2019\u00a0\u202f\u2009]\d{2,3})*[,'\u2019\u00a0\u202f\u2009]\d{3}(?:\.\d+)?"
)
_PLAIN = re.compile(r"\d*\.?\d+(?:[eE][+-]?\d{1,2})?")
_DECIMAL_COMMA = re.compile(r"(\d+),(\d{1,2})")
_RATIO = re.compile(r"(\d+)/(\d+)")
_SEPARATORS = re.compile(r"[,'\u2019\u00a0\u202f\u2009]")

UNITS = dict(
    zip(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split(),
        range(20),
        strict=True,
    )
)
TENS = dict(
    zip(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),
        range(20, 100, 10),
        strict=True,
    )
)
SCALES = {"hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
NUMBER_WORDS = frozenset({*UNITS, *TENS, *SCALES})


def read_digits(text: str) -> Fraction | None:
    """Value of a number in digits: ``1,000``, ``3.10``, ``-5``, ``3/4``, ``2.5e3``.

    Returns:
        None for digits that are no single number, such as ``10:30`` or ``1.2.3``.
    """
    sign = -1 if text[:1] in "-\u2212" else 1
    digits = text.lstrip("+-\u2212")
    if _GROUPED.fullmatch(digits):
        return sign * Fraction(_SEPARATORS.sub("", digits))
    if _PLAIN.fullmatch(digits):
        return sign * Fraction(digits)
    if decimal := _DECIMAL_COMMA.fullmatch(digits):
        return sign * Fraction(f"{decimal[1]}.{decimal[2]}")
    if (ratio := _RATIO.fullmatch(digits)) and int(ratio[2]):
        return sign * Fraction(int(ratio[1]), int(ratio[2]))
    return None


def read_number_words(words: Sequence[str]) -> tuple[Fraction, int] | None:
    """Value of the number words at the start of ``words``, and how many words it takes.

    ``and`` joins only after a scale: "one hundred and five" is one number, "two and three" are two.
    """
    total, group, at, last = 0, 0, 0, 10**15
    while at < len(words):
        word = words[at]
        if word == "and" and last >= 100 and at and _is_small(words[at + 1 : at + 2]):
            at += 1
            continue
        value = UNITS.get(word, TENS.get(word))
        if value is not None and not _fits(value, last):
            break
        if value is None and (word not in SCALES or not at):
            break
        total, group = _add(total, group, value, SCALES.get(word, 1))
        last = value if value is not None else SCALES[word]
        at += 1
    return (Fraction(total + group), at) if at else None


def _is_small(following: Sequence[str]) -> bool:
    return bool(following) and (following[0] in UNITS or following[0] in TENS)


def _fits(value: int, last: int) -> bool:
    """True if a word of this value may follow: tens after a scale, units after tens."""
    return last >= 100 or (20 <= last < 100 and 0 < value < 10)


def _add(total: int, group: int, value: int | None, scale: int) -> tuple[int, int]:
    if value is not None:
        return total, group + value
    if scale == 100:
        return total, max(group, 1) * scale
    return total + max(group, 1) * scale, 0
