"""What a request is of, a text or token ids: checked once, where it enters."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from model_backend.api.errors import BadRequest

MAX_CHARACTERS = 200_000
"""Longer texts are refused before they are tokenised."""


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
            ids are none; or an option is neither yes nor no.
    """
    ids: object = request.token_ids
    if not ids:
        _check(request.model, request.text, request.special_tokens, *options)
        return ()
    if not isinstance(ids, list | tuple) or not all(type(i) is int and i >= 0 for i in ids):
        raise BadRequest("Token ids are a list of whole numbers from 0.")
    if request.text:
        raise BadRequest("A request is of a text or of token ids, not of both.")
    return tuple(ids)


def _check(model: object, text: object, *options: object) -> None:
    if not isinstance(model, str) or not all(isinstance(option, bool) for option in options):
        raise BadRequest("A request names a model, and says yes or no to each of its options.")
    if not isinstance(text, str):
        raise BadRequest(f"The text must be text; this is {type(text).__name__}.")
    if not text.strip():
        raise BadRequest("There is no text yet. Type a sentence, then press Run.")
    if len(text) > MAX_CHARACTERS:
        raise BadRequest(
            f"The text has {len(text):,} characters; the limit is {MAX_CHARACTERS:,}. Shorten it."
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadRequest(
            f"Character {error.start + 1} of the text is half of a surrogate pair "
            f"(U+{ord(text[error.start]):04X}), which is not valid Unicode. Delete it."
        ) from error
