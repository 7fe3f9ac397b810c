"""Reads the JSON that requests bring, for Dash's route and for those beside it."""

from typing import Any

import orjson
from flask import request
from flask.json.provider import DefaultJSONProvider

from dashboard.page.requests import Request
from model_backend import BadRequest


class JsonReader(DefaultJSONProvider):
    """Refuses JSON nested without end as what it is; half a surrogate pair is for others to refuse,
    in a sentence that says where it is."""

    def loads(self, s: str | bytes, **options: Any) -> Any:
        try:
            return super().loads(s, **options)
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def read_object() -> Request:
    """The body of the request at hand.

    Raises:
        BadRequest: it is not a JSON object.
    """
    if not request.is_json:
        raise BadRequest("This address takes a JSON request.")
    try:
        asked = orjson.loads(request.get_data())
    except orjson.JSONDecodeError as error:
        raise BadRequest("The request is not JSON.") from error
    if not isinstance(asked, dict):
        raise BadRequest("The request is not a JSON object.")
    return asked
