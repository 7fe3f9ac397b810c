"""Reads the worked examples that show a model what to read out of an answer.

A file has blocks of three lines, ``Text:``, ``Question:`` and ``Short answer:``, with an empty line
between blocks. Lines that start with # are comments.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from model_backend.api.errors import BadRequest
from model_backend.api.validation import expand_home

FILE = Path(__file__).with_suffix(".txt")
"""The project's own worked examples."""

MOST_CHARACTERS = 8_000
_KEYS = ("Text", "Question", "Short answer")


@dataclass(frozen=True)
class WorkedExample:
    """A text that answers a question, and the words of it that state what was asked for."""

    text: str
    question: str
    short_answer: str

    def __str__(self) -> str:
        return f"{ask_for_words(self.text, self.question)} {self.short_answer}\n"


def ask_for_words(text: str, question: str) -> str:
    """Write a text and its question as the prompt has them, each on a line of its own."""
    lines = " ".join(text.split()), " ".join(question.split())
    return "Text: {}\nQuestion: {}\nShort answer:".format(*lines)


def read_worked_examples(text: str) -> tuple[WorkedExample, ...]:
    """Read worked examples.

    Raises:
        BadRequest: the text is too long or empty, a block is incomplete, or a short answer does
            not stand in its text.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadRequest(
            f"The worked examples have {len(text):,} characters; the limit is {MOST_CHARACTERS:,}."
        )
    examples = tuple(_read_block(line, block) for line, block in _blocks(text))
    if not examples:
        raise BadRequest("There are no worked examples; one is needed at least.")
    return examples


def read_examples_file(path: str | Path) -> str:
    """Read a file of worked examples and return its text.

    Raises:
        BadRequest: the file cannot be read, or its examples are malformed.
    """
    try:
        text = expand_home(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadRequest(f"The worked examples in {path} cannot be read: {error}.") from error
    read_worked_examples(text)
    return text


@cache
def own_worked_examples() -> tuple[WorkedExample, ...]:
    """Read the project's own worked examples, once per process."""
    return read_worked_examples(FILE.read_text(encoding="utf-8"))


def _blocks(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the first line of each block, and its lines."""
    block: list[str] = []
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        if line.startswith("#"):
            continue
        if line.strip():
            block.append(line.strip())
        elif block:
            yield number - len(block), block
            block = []


def _read_block(line: int, block: list[str]) -> WorkedExample:
    where = f"The worked example at line {line:,}"
    parts = [part.partition(":") for part in block]
    if tuple(name for name, _, _ in parts) != _KEYS:
        wanted = ", ".join(f"{key}:" for key in _KEYS)
        raise BadRequest(f"{where} must have three lines that start with {wanted}.")
    text, question, short = (said.strip() for _, _, said in parts)
    if not short or short not in text:
        raise BadRequest(f"{where} has a short answer that is not in its text: {short!r}.")
    return WorkedExample(text, question, short)
