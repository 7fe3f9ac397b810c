"""A message to a worker: one line that says what it is, then bytes that ``wire`` wrote.

Nothing in a message can name code to run. What is not exactly of this form is refused by its
reason, and its content is neither read further nor logged.
"""

import re
import secrets
from dataclasses import dataclass
from enum import StrEnum

from model_backend.archives.file_format import VERSION

PROTOCOL = 1
"""Number of the form of messages and records; raised when either changes."""
SPOKEN = f"layerscope-worker/{PROTOCOL}+{VERSION}"
"""The protocol and the version of Layerscope, which must be the same on both sides."""
MOST_LINE = 400

_LINE = re.compile(r"(?P<spoken>\S+) (?P<kind>[a-z]+) (?P<call>[\w-]{8,64}) (?P<name>[\w-]{0,128})")


class Kind(StrEnum):
    """The kinds of messages to a worker."""

    CALL = "call"
    """A call of the door, as ``wire`` writes it."""
    TAKE = "take"
    """Take in a file, whose pieces come under ``name``."""
    FETCH = "fetch"
    """Send the pieces of the file that the worker knows as ``name``."""


@dataclass(frozen=True)
class Message:
    """A message, with the id under which its answer is awaited."""

    kind: Kind
    call: str
    name: str = ""
    body: bytes = b""


class Refused(ValueError):
    """Bytes that are no message to this worker; the text says why, and quotes nothing."""


def new_id() -> str:
    """An id that cannot be guessed."""
    return secrets.token_urlsafe(16)


def write_message(message: Message) -> bytes:
    """Encode a message as bytes."""
    line = f"{SPOKEN} {message.kind} {message.call} {message.name}\n"
    return line.encode() + message.body


def read_message(data: bytes) -> Message:
    """Decode a message.

    Raises:
        Refused: the bytes are of another form, or from another version.
    """
    line, found, body = data[:MOST_LINE].partition(b"\n")
    match = _LINE.fullmatch(line.decode("ascii", errors="replace")) if found else None
    if match is None:
        raise Refused("it does not have the form of a message")
    if match["spoken"] != SPOKEN:
        raise Refused("it is of another version")
    if match["kind"] not in list(Kind):
        raise Refused("it is of an unknown kind")
    whole = data[len(line) + 1 :] if len(data) > MOST_LINE else body
    return Message(Kind(match["kind"]), match["call"], match["name"], whole)
