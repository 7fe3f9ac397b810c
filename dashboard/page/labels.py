"""Labels for people: tokens with visible whitespace, numbers with units."""

import unicodedata
from collections.abc import Sequence

from model_backend import Measure, Site, amount, significant

_MARKS = {
    " ": "·",
    "\n": "⏎",
    "\r": "␍",
    "\t": "⇥",
    "\x7f": "␡",
    "\u00a0": "⍽",
    "\u00ad": "[SHY]",
    "\u200b": "[ZWSP]",
    "\u200c": "[ZWNJ]",
    "\u200d": "[ZWJ]",
    "\u200e": "[LRM]",
    "\u200f": "[RLM]",
    "\u2028": "[LS]",
    "\u2029": "[PS]",
    "\ufeff": "[BOM]",
}
_INVISIBLE = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
"""Unicode categories of spaces, of marks that join or turn a text around, and of control codes."""
_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Fillers: letters and signs that are drawn as nothing."""
_COMBINING = frozenset({"Mn", "Me"})
"""Unicode categories of accents and vowel signs, which are drawn on the character before them."""
_SELECTORS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
"""Codes that choose the look of the character before them, and have none of their own."""


class _Table(dict[int, str]):
    """Visible form of each character code, computed when it is first needed."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        is_seen = unicodedata.category(character) not in _INVISIBLE
        self[code] = character if is_seen and character not in _BLANK_LETTERS else _mark(code)
        return self[code]


def _mark(code: int) -> str:
    """The control picture of a code below 0x20, a usual abbreviation, or the code's number."""
    picture = chr(0x2400 + code) if code < 0x20 else f"[U+{code:04X}]"
    return _MARKS.get(chr(code), picture)


_TABLE = _Table()


MISSING = "—"
"""Label for a token that does not exist."""


def visible(text: str) -> str:
    """The text of a token with all that would not be seen made visible.

    A selector of looks is spelled out where it stands alone; after a character it is left alone. An
    accent at the beginning stands on a dotted circle, or it would be drawn on what is beside it.
    """
    if not text:
        return "∅"
    if all(any(ord(character) in codes for codes in _SELECTORS) for character in text):
        return "".join(_mark(ord(character)) for character in text)
    shown = text.translate(_TABLE)
    return f"\u25cc{shown}" if unicodedata.category(shown[0]) in _COMBINING else shown


def text_of(vocabulary: Sequence[str], token_id: int) -> str:
    """The text of a token; its number where the vocabulary ends before it."""
    return vocabulary[token_id] if token_id < len(vocabulary) else f"id {token_id}"


def first_site(measure: Measure) -> str:
    """A measure's name as cells list it, with its first site if that is not the residual stream."""
    sites = measure.spec.sites
    several = len(sites) > 1 and Site.RESID_POST not in sites
    return f"{measure.label}, {sites[0].value}" if several else measure.label


def number(value: float, measure: Measure | None = None) -> str:
    """A number with its measure's unit, as in a tooltip; three digits without a measure."""
    if value != value:
        return "none here"
    if measure is None:
        return significant(value)
    return amount(value, measure.spec.unit, is_whole=measure.spec.is_whole)


def ordinal(place: int) -> str:
    """A place in a row, as ``ordinal`` in assets/base/numbers.js writes it."""
    last = 0 if place % 100 in (11, 12, 13) else place % 10
    return f"{place:,}{('th', 'st', 'nd', 'rd')[last] if last < 4 else 'th'}"
