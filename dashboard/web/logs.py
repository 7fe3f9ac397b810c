"""The log: one JSON object a line, with the request it belongs to and nothing that people typed.

An error's own words may quote a text, so its kind and the places it passed are kept, its words not.
"""

import json
import logging
import time
import traceback
from pathlib import Path

from flask import g, has_request_context


class JsonLines(logging.Formatter):
    """A record as a JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "where": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            said["request"] = g.get("request_id", "")
        if record.exc_info and record.exc_info[1] is not None:
            said |= describe(record.exc_info[1])
        return json.dumps(said, ensure_ascii=False)


def describe(error: BaseException) -> dict[str, str]:
    """Describe an error for the log: its type, its cause, and its place in the code."""
    kinds: list[str] = []
    places: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(kinds) < 5:
        kinds.append(type(cause).__name__)
        frames = traceback.extract_tb(cause.__traceback__)
        places += [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        cause = cause.__cause__ or cause.__context__
    return {"error": " from ".join(kinds), "at": " < ".join(reversed(places))}


def set_up(level: str) -> None:
    """Configure logging: every log of this process goes to standard error as lines of JSON."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for own in ("dashboard", "model_backend"):
        logging.getLogger(own).setLevel(level.upper())
