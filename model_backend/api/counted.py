"""Numbers with their nouns, for sentences that people read."""


def counted(number: int, one: str, many: str = "") -> str:
    """``1 group`` or ``2,500 groups``; ``many`` where an s does not make the plural."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
