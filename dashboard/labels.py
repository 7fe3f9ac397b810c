"""How token texts are written for people: every space, line end and control character visible."""

_VISIBLE = {
    " ": "·",
    "\n": "⏎",
    "\r": "␍",
    "\t": "⇥",
    "\u00a0": "⍽",
    "\u200b": "[ZWSP]",
    "\u200d": "[ZWJ]",
    "\ufeff": "[BOM]",
}
# Marks that turn the direction of the text around them would reorder a whole label.
_VISIBLE |= {
    chr(code): f"[U+{code:04X}]" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_VISIBLE |= {chr(code): chr(0x2400 + code) for code in range(0x20) if chr(code) not in _VISIBLE}
_TABLE = str.maketrans(_VISIBLE | {"\x7f": "␡"})


def visible(text: str) -> str:
    """The text of a token with its whitespace and control characters made visible."""
    return text.translate(_TABLE) if text else "∅"
