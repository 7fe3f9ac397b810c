"""Labels for people: tokens with visible whitespace, numbers with units."""

from model_backend import Measure, Site

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


MISSING = "—"
"""Label for a token that does not exist."""


def visible(text: str) -> str:
    """The text of a token with its whitespace and control characters made visible."""
    return text.translate(_TABLE) if text else "∅"


def first_site(measure: Measure) -> str:
    """A measure's name where cells list it, with its site if that is not the stream's own."""
    sites = measure.spec.sites
    several = len(sites) > 1 and Site.RESID_POST not in sites
    return f"{measure.label}, {sites[0].value}" if several else measure.label


def percent(share: float) -> str:
    """A probability as a percentage of three digits at most."""
    return f"{share:.1%}" if share >= 0.001 else "<0.1%"


def number(value: float, measure: Measure | None = None) -> str:
    """A number with its measure's unit, as in a tooltip; a probability as a percentage."""
    if value != value:
        return "none here"
    if measure is None:
        return f"{value:.4g}"
    spec = measure.spec
    if spec.unit == "probability":
        return "<0.0001%" if value < 1e-6 else f"{100 * value:.3g}%"
    return spec.number_format.format(value=value, unit=spec.unit).strip()
