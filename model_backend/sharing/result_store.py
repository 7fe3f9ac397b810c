"""Results of queries by their keys: a few at hand as objects, the rest as bytes in a store."""

import logging
from typing import TypeVar

from model_backend.api.requests import Request, result_type
from model_backend.sharing.codec import decode, encode
from model_backend.sharing.fault_tolerant_store import Store
from model_backend.sharing.lru_cache import LruCache
from model_backend.sharing.parts import Malformed

R = TypeVar("R")

RECENT = 64 * 2**20
"""Bytes of results kept as objects, so that equal requests get the same object without reading the
store. With a store in memory their arrays are its own."""

logger = logging.getLogger(__name__)


class ResultStore:
    """Keeps results of queries; it may forget any of them at any time."""

    def __init__(self, store: Store, recent: int = RECENT) -> None:
        self._store, self._recent = store, LruCache(recent)

    def get(self, request: Request[R], key: str) -> R | None:
        """The result that was kept under a key; None if there is none, or what is there is not."""
        result: R | None = self._recent.get(key)
        if result is not None or (data := self._store.get(key)) is None:
            return result
        try:
            result = decode(key, result_type(type(request)), data)
        except Malformed:
            return None
        self._recent.keep(key, result, len(data))
        return result

    def keep(self, request: Request[R], key: str, result: R) -> R:
        """Keep a result as bytes; it becomes an object again when it is next asked for."""
        try:
            data = encode(key, result_type(type(request)), result)
        except (TypeError, Malformed):
            logger.exception("A result could not be cached.")
        else:
            self._store.set(key, data)
        return result
