"""Requests as the browser keeps them."""

from collections.abc import Mapping
from typing import Any

Request = Mapping[str, Any]
"""A request as the browser keeps it: the JSON values that a view's own request is made of."""
