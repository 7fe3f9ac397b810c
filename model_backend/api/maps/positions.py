"""Named positions of a question and its answer: where on the token axis to look for what is known.

Pure: they follow from how long the prompt and the answer are and where the exact answer stands.
Names and meaning follow Orgad et al. (2024), section 3, https://arxiv.org/abs/2410.02707.
"""

from dataclasses import dataclass

LAST_QUESTION = "last_q"
EXACT_ANSWER = (
    "exact_answer_before_first",
    "exact_answer_first",
    "exact_answer_last",
    "exact_answer_after_last",
)
FROM_THE_END = tuple(str(-back) for back in range(8, 0, -1))
POSITION_NAMES = (
    LAST_QUESTION,
    "first_answer",
    "second_answer",
    *EXACT_ANSWER,
    *FROM_THE_END,
)
"""Every name, in the order in which an axis shows them."""


@dataclass(frozen=True)
class TokenRange:
    """Tokens that follow each other, from ``first`` to ``last`` inclusive.

    Raises:
        ValueError: it is empty or begins before 0.
    """

    first: int
    last: int

    def __post_init__(self) -> None:
        if not 0 <= self.first <= self.last:
            raise ValueError(f"a range of tokens from {self.first} to {self.last}")

    def shifted(self, by: int) -> "TokenRange":
        """The same tokens where ``by`` others stand before them."""
        return TokenRange(self.first + by, self.last + by)


@dataclass(frozen=True)
class NamedPosition:
    """A name, and the index into the tokens of prompt and answer that bears it."""

    name: str
    index: int | None
    """None where there is no such position; never a neighbour in its place."""
    why_missing: str = ""


def named_positions(
    n_prompt: int, n_answer: int, exact: TokenRange | None, *, n_padding: int = 0
) -> tuple[NamedPosition, ...]:
    """Find the position of each of ``POSITION_NAMES``, or the reason why there is none.

    Args:
        n_prompt: tokens of the prompt as the model saw it, its generation prompt included.
        n_answer: tokens that the model generated, the end of sequence included if it came to that.
        exact: the exact answer, counted from the answer's first token.
        n_padding: tokens of padding before the prompt, where several were answered at once.
    """
    start, end = n_prompt, n_prompt + n_answer
    wanted = {LAST_QUESTION: start - 1, "first_answer": start, "second_answer": start + 1}
    wanted |= {name: end + int(name) for name in FROM_THE_END}
    if exact is not None:
        inside = exact.shifted(start)
        places = (inside.first - 1, inside.first, inside.last, inside.last + 1)
        wanted |= dict(zip(EXACT_ANSWER, places, strict=True))
    return tuple(
        _position(name, wanted.get(name), start=start, end=end, n_padding=n_padding)
        for name in POSITION_NAMES
    )


def coinciding(positions: tuple[NamedPosition, ...]) -> dict[str, tuple[str, ...]]:
    """For every name that is there, the other names of the same token."""
    return {
        one.name: tuple(
            other.name for other in positions if other.index == one.index and other is not one
        )
        for one in positions
        if one.index is not None
    }


def _position(
    name: str, index: int | None, *, start: int, end: int, n_padding: int
) -> NamedPosition:
    if index is None:
        return NamedPosition(name, None, "no exact answer is marked")
    # Only the last token of the question and what stands before an exact answer are in the prompt.
    from_prompt = (LAST_QUESTION, "exact_answer_before_first")
    lowest = start - 1 if name in from_prompt else start
    if not lowest <= index < end:
        return NamedPosition(name, None, _why(name, end - start))
    return NamedPosition(name, index + n_padding)


def _why(name: str, n_answer: int) -> str:
    if name == "exact_answer_after_last":
        return "the answer ends with the exact answer"
    if n_answer == 0:
        return "the answer is empty"
    return f"the answer has only {n_answer} token{'s' if n_answer > 1 else ''}"
