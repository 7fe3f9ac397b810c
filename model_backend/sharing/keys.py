"""The key of a cached result: its request, its model's card, the rows of measures, and its form.

It takes no tokenizer and no model, so a web process without torch can compute it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from model_backend.api.door import ModelCard
from model_backend.api.maps.measures import hash_specs
from model_backend.api.requests import Request, canonical, result_type


def cache_key(request: Request[Any], card: ModelCard, depends_on: Sequence[str] = ()) -> str:
    """The key of a request's result: equal for equal requests of equal models, and for no others.

    ``depends_on`` identifies what else the result depends on: a study, for a score by its probes.
    """
    kind: Any = type(request)
    parts = [schema(kind), hash_specs(), canonical(request), card.identity, *depends_on]
    digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return f"{kind.__name__}:{digest}"


@cache
def schema(request: Any) -> str:
    """A hash of every field of a request and of its result: it changes when one of them does."""
    stated: dict[str, Any] = {}
    _describe(request, stated)
    _describe(result_type(request), stated)
    return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()


def _describe(stated: Any, found: dict[str, Any]) -> None:
    """Add the fields of every dataclass, and the choices of every list, that a type leads to."""
    for one in (*get_args(stated), get_origin(stated)):
        _describe(one, found) if one is not None else None
    name = getattr(stated, "__name__", "")
    if name in found or not isinstance(stated, type):
        return
    if is_dataclass(stated):
        hints = get_type_hints(stated)
        found[name] = {field.name: repr(hints[field.name]) for field in fields(stated)}
        for hint in hints.values():
            _describe(hint, found)
    elif hasattr(stated, "__members__"):
        found[name] = [str(member.value) for member in stated.__members__.values()]
