"""Reads the JSON object that a request brings, for routes beside Dash's own."""

import orjson
from flask import request

from dashboard.subject import Request
from model_backend import BadRequest


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
