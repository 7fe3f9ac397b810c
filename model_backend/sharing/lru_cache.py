"""The last few things that were needed, so that they need not be made or read again."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any


class LruCache:
    """Anything, up to a number of bytes in all; what was used longest ago leaves first."""

    def __init__(self, byte_budget: int) -> None:
        self._budget = byte_budget
        self._used = 0
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """Value kept under a key; None if it is not, or no longer, there."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, key: Hashable, thing: Any, n_bytes: int) -> None:
        """Keep it in place of what was under that key; what is too large is not kept at all."""
        with self._lock:
            self._drop(key)
            if n_bytes > self._budget:
                return
            self._kept[key] = thing, n_bytes
            self._used += n_bytes
            while self._used > self._budget:
                self._drop(next(iter(self._kept)))

    def forget(self, name: str) -> None:
        """Drop what was kept under keys that begin with a name."""
        with self._lock:
            for key in [key for key in self._kept if isinstance(key, tuple) and key[0] == name]:
                self._drop(key)

    def _drop(self, key: Hashable) -> None:
        self._used -= self._kept.pop(key, (None, 0))[1]
