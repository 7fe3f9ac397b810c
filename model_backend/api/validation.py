"""Checks of what requests hold, made once, where a request enters."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

from model_backend.api.errors import BackendError, BadRequest

MAX_CHARACTERS = 200_000
"""Longer texts are refused before they are tokenised."""
MOST_RIGHT_ANSWERS, LONGEST_RIGHT_ANSWER = 1_000, 1_000
HOTTEST = 5.0


def expand_home(path: str | Path) -> Path:
    """A path with a home folder in place of its ``~``.

    Raises:
        BackendError: there is no such user, or this one has no home folder, as in some containers.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise BackendError(
            f"{path} is in a home folder that this machine does not know. Write the folder in full."
        ) from error


@runtime_checkable
class OfText(Protocol):
    """A request that is of a text, or of token ids in its place."""

    @property
    def model(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def special_tokens(self) -> bool: ...
    @property
    def token_ids(self) -> Sequence[int]: ...


def check_subject(request: OfText, *options: object) -> tuple[int, ...]:
    """The request's token ids as a tuple; it has either these or a text.

    Raises:
        BadRequest: the text is empty, blank, not text, far too long, or not valid Unicode; or the
            ids are not whole numbers from 0; or an option is neither true nor false.
    """
    ids: object = request.token_ids
    if not ids:
        _check(request.model, request.text, request.special_tokens, *options)
        return ()
    if not isinstance(ids, list | tuple) or not all(type(i) is int and i >= 0 for i in ids):
        raise BadRequest("Token ids are a list of whole numbers from 0.")
    if request.text:
        raise BadRequest("Give a text or token ids, not both.")
    return tuple(ids)


def _check(model: object, text: object, *options: object) -> None:
    if not isinstance(model, str) or not all(isinstance(option, bool) for option in options):
        raise BadRequest("The model must be text, and every option true or false.")
    if not isinstance(text, str):
        raise BadRequest(f"The text must be text; this is {type(text).__name__}.")
    if not text.strip():
        raise BadRequest("There is no text yet. Type a sentence, then press Run.")
    check_text("text", text, MAX_CHARACTERS)


def check_question(model: object, question: object) -> None:
    """Check that a question is text that can be asked."""
    if not isinstance(model, str) or not isinstance(question, str):
        raise BadRequest("The model and the question must be text.")
    if not question.strip():
        raise BadRequest("There is no question yet. Type one, then press Ask.")
    check_text("question", question, MAX_CHARACTERS)


def check_text(name: str, text: str, most: int) -> None:
    """Check that a text is not too long and is valid Unicode."""
    if len(text) > most:
        raise BadRequest(
            f"The {name} has {len(text):,} characters; the limit is {most:,}. Shorten it."
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadRequest(
            f"Character {error.start + 1} of the {name} is half of a surrogate pair "
            f"(U+{ord(text[error.start]):04X}), which is not valid Unicode. Delete it."
        ) from error


def check_whole(name: str, value: object, low: int, high: int) -> None:
    """Check that an option is a whole number within its range."""
    if type(value) is not int or not low <= value <= high:
        raise BadRequest(f"The {name} is a whole number from {low:,} to {high:,}, not {value!r}.")


def check_temperature(value: object) -> None:
    """Check that a temperature is a number within its range."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= HOTTEST:
        raise BadRequest(f"The temperature is a number from 0 to {HOTTEST:g}, not {value!r}.")


def read_right_answers(given: object) -> tuple[str, ...]:
    """The right answers without duplicates and empty ones."""
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise BadRequest("A right answer and its aliases are a list of texts.")
    right = tuple(dict.fromkeys(one.strip() for one in given if one.strip()))
    if len(right) > MOST_RIGHT_ANSWERS:
        raise BadRequest(
            f"There are {len(right):,} right answers and aliases; {MOST_RIGHT_ANSWERS:,} at most."
        )
    for one in right:
        check_text("right answer", one, LONGEST_RIGHT_ANSWER)
    return right


def read_given(given: object) -> str:
    """A given answer without spaces around it."""
    if not isinstance(given, str):
        raise BadRequest("A given answer is a text.")
    check_text("answer", given, MAX_CHARACTERS)
    return given.strip()


def read_answer_ids(given: object) -> tuple[int, ...]:
    """The tokens of an answer as a tuple."""
    numbers = isinstance(given, list | tuple) and all(type(i) is int and i >= 0 for i in given)
    if not numbers or len(given) > MAX_CHARACTERS:  # type: ignore[arg-type]
        raise BadRequest("The tokens of an answer are a list of token ids, which are from 0 on.")
    return tuple(given)  # type: ignore[arg-type]


def read_mark(given: object) -> tuple[int, ...]:
    """The first and the last token of a mark, or nothing."""
    ids = read_answer_ids(given)
    if len(ids) not in (0, 2) or (ids and ids[0] > ids[1]):
        raise BadRequest("A mark is the first and the last token of the exact answer, or nothing.")
    return ids


def read_pairs(given: object) -> tuple[tuple[int, int], ...]:
    """Pairs of positions, sorted; no position is in two of them."""
    whole = "Pairs are a position in A and a position in B each, from 0 on."
    if not isinstance(given, list | tuple):
        raise BadRequest(whole)
    pairs = []
    for pair in given:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise BadRequest(whole)
        pairs.append((*read_positions(pair),))
    for side, name in enumerate("AB"):
        places = [pair[side] for pair in pairs]
        if len(set(places)) < len(places):
            raise BadRequest(f"A token of {name} is in two pairs. Leave one of them out.")
    return tuple(sorted(pairs))  # type: ignore[arg-type]


def read_positions(given: object) -> tuple[int, ...]:
    """Positions of tokens as a tuple."""
    if not isinstance(given, list | tuple) or not all(type(i) is int and i >= 0 for i in given):
        raise BadRequest("Positions of tokens are whole numbers from 0 on.")
    return tuple(given)
