"""Messages and records: what is not of their form is refused, by a reason that quotes nothing."""

import pickle

import pytest

from model_backend import WorkerRecord
from model_backend.remote.messages import (
    SPOKEN,
    Kind,
    Message,
    Refused,
    new_id,
    read_message,
    write_message,
)
from model_backend.remote.roster import read_record, write_record


@pytest.mark.parametrize("body", [b"", b"\n\n", b"x" * 5000, bytes(range(256))])
def test_a_message_arrives_as_it_was_sent(body: bytes) -> None:
    message = Message(Kind.FETCH, new_id(), "blob-1_2", body)
    assert read_message(write_message(message)) == message


LINE = f"{SPOKEN} call abcdefgh "


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "form"),
        (b"secret words", "form"),
        (pickle.dumps({"secret": "words"}), "form"),
        (b"secret words\n" + b"x" * 900, "form"),
        (LINE.encode(), "form"),  # without an end
        (f"{SPOKEN} call a/../b secret\n".encode(), "form"),
        (b"layerscope-worker/99+9.9 call abcdefgh secret\n", "another version"),
        (f"{SPOKEN} pickle abcdefgh secret\n".encode(), "unknown kind"),
    ],
)
def test_forged_messages_are_refused_and_not_quoted(data: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as refused:
        read_message(data)
    assert "secret" not in str(refused.value)


def test_a_record_of_another_version_or_cut_off_is_none() -> None:
    record = WorkerRecord("one", "host", 1, 0.0, 2**30, ())
    data = write_record(record)
    assert read_record(data) == record
    assert read_record(data[:-1]) is None
    assert read_record(b"layerscope-worker/99+9.9" + data[data.index(b"\n") :]) is None
