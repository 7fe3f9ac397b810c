"""The kinds of requests, and a table that says which function answers which of them.

A request is a frozen dataclass of JSON values. Its class says what its result is, whether that may
be cached, and whether computing it takes a turn in the queue of its model.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import Any, ClassVar, ForwardRef, Generic, TypeVar, cast, get_args, get_origin

from model_backend.api.errors import BadRequest

R = TypeVar("R")
"""The result of a request."""
Result = TypeVar("Result", covariant=True)


class Request(Generic[Result]):
    """A request whose result is of one type; every request is of one of the classes below."""

    is_cached: ClassVar[bool] = False
    """True if equal requests have equal results, as long as their model stays the same."""


class Query(Request[Result]):
    """Pure: equal queries of equal models have equal results, which are cached."""

    model: str
    """Name of the model whose card the result depends on."""
    doing: ClassVar[str] = ""
    """Words for pages that wait for it as a job; empty where its view tells of it by itself."""
    is_cached = True

    @property
    def runs_model(self) -> bool:
        """True if computing it takes a turn in the queue of its model."""
        return True

    def depends_on(self) -> tuple["Lookup[str]", ...]:
        """Further things the result depends on, each as a lookup of what identifies it."""
        return ()


class Lookup(Request[Result]):
    """Reads something that can change, such as a list of studies; never cached."""


class Command(Request[Result]):
    """Changes something, such as an upload; never cached."""


class LongWork(Request[Result]):
    """Takes minutes or hours: it is started as a job and watched, never asked and waited for."""


def request_types() -> dict[str, type[Request[Any]]]:
    """Every request of this package, by the name of its class."""
    found: dict[str, type[Request[Any]]] = {}
    waiting = list[type[Request[Any]]](Request.__subclasses__())
    while waiting:
        one = waiting.pop()
        waiting += one.__subclasses__()
        if is_dataclass(one) and one.__module__.startswith("model_backend."):
            found[one.__name__] = one
    return found


def result_type(request: type[Request[Any]]) -> Any:
    """The type of a request's result, as its class states it.

    Raises:
        TypeError: the class states none.
    """
    for base in vars(request).get("__orig_bases__", ()):
        origin = get_origin(base)
        if isinstance(origin, type) and issubclass(origin, Request):
            (stated,) = get_args(base)
            return _resolved(stated, request)
    raise TypeError(f"{request.__name__} does not state its result: Query[SomeResult].")


def canonical(request: Request[Any]) -> str:
    """A request as text: equal requests have equal texts, and no others have."""
    return json.dumps([type(request).__name__, asdict(cast(Any, request))], sort_keys=True)


class Handlers:
    """Table of functions, one for each type of request."""

    def __init__(self) -> None:
        self._by_type: dict[type[Request[Any]], Callable[[Any], Any]] = {}

    def __contains__(self, request: object) -> bool:
        return type(request) in self._by_type

    def on(self, request: type[Request[R]], answer: Callable[[Any], R]) -> "Handlers":
        """Have ``answer`` called with every request of this type."""
        self._by_type[request] = answer
        return self

    def include(self, other: "Handlers") -> "Handlers":
        """Answer also what another table answers."""
        self._by_type |= other._by_type
        return self

    def answer(self, request: Request[R]) -> R:
        """Answer a request.

        Raises:
            BadRequest: no function is registered for its type.
        """
        handler = self._by_type.get(type(request))
        if handler is None:
            raise BadRequest(f"This backend does not answer a {type(request).__name__}.")
        return cast(R, handler(request))


def _resolved(stated: Any, request: type[Request[Any]]) -> Any:
    """The class that a forward reference names in the module of its request."""
    if not isinstance(stated, ForwardRef):
        return stated
    return getattr(sys.modules[request.__module__], stated.__forward_arg__)
