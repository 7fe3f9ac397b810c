"""Cache of rendered pictures and words, as JSON, keyed by the result they were made from.

Fifty people who open one link see one picture. Drawing it takes some twenty milliseconds of
processor time and reading it as long; handing out the JSON that came of it takes none.
"""

import threading
import weakref
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import orjson
from dash import Dash
from flask import Response, make_response
from plotly.io.json import to_json_plotly

from dashboard.maps.map_data import MapData
from model_backend import LruCache

Made = tuple[orjson.Fragment, ...]
"""JSON that Dash puts into its answer as it is."""

PAGE = ("", "_dash-layout")
"""The endpoints of Dash that everybody asks who opens the page, below its prefix."""

BYTE_BUDGET = 32 * 2**20


class RenderCache:
    """Parts of the page as JSON, up to a number of bytes; the least recently used leave first."""

    def __init__(self, byte_budget: int = BYTE_BUDGET) -> None:
        self._recent = LruCache(byte_budget)
        self._making: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def get_or_render(
        self, map_: MapData, how: Hashable, make: Callable[[], tuple[Any, ...]]
    ) -> Made:
        """Return the output of ``make`` as JSON, from the cache if it is there.

        ``how`` is all that it depends on besides the map's columns and notes, and the objects that
        its numbers came from. An equal object is taken for another one: the backend hands out the
        same object while it can. A map that came from none is rendered every time.
        """
        if not map_.made_from:
            return _fragments(_texts(make()))
        of = (*map(weakref.ref, map_.made_from), map_.columns, map_.brackets, map_.notes)
        key = (of, how)
        made = self._recent.get(key)
        if made is None:
            with self._alone(key):
                made = self._recent.get(key) or self._keep(key, make())
        return made

    def _keep(self, key: Hashable, parts: tuple[Any, ...]) -> Made:
        texts = _texts(parts)
        made = _fragments(texts)
        self._recent.keep(key, made, sum(map(len, texts)))
        return made

    @contextmanager
    def _alone(self, key: Hashable) -> Iterator[None]:
        """Render once for each key; concurrent callers wait for that result."""
        with self._lock:
            mine = self._making.setdefault(key, threading.Lock())
        try:
            with mine:
                yield
        finally:
            with self._lock:
                self._making.pop(key, None)


def _texts(parts: tuple[Any, ...]) -> list[bytes]:
    return [to_json_plotly(part).encode() for part in parts]


def _fragments(texts: list[bytes]) -> Made:
    return tuple(map(orjson.Fragment, texts))


def remember_page(app: Dash, state: Callable[[], Hashable]) -> None:
    """Render the layout once and reuse it until ``state`` changes."""
    views = app.server.view_functions
    for name in PAGE:
        endpoint = f"{app.config.routes_pathname_prefix}{name}"
        views[endpoint] = _last_of(views[endpoint], state)


def _last_of(view: Callable[[], Any], state: Callable[[], Hashable]) -> Callable[[], Response]:
    last: tuple[Hashable, bytes, str] | None = None

    def answer() -> Response:
        nonlocal last
        now, known = state(), last
        if known is None or known[0] != now:
            made = make_response(view())
            known = last = now, made.get_data(), made.mimetype or "text/html"
        return Response(known[1], mimetype=known[2])

    return answer
