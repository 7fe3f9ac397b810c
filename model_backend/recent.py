"""The last few residual streams, so that a click on a cell need not run the model again."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

DEFAULT_BYTE_BUDGET = 256 * 2**20


class RecentTraces:
    """Arrays or tensors up to a number of bytes in all; the least recently used leave first."""

    def __init__(self, byte_budget: int = DEFAULT_BYTE_BUDGET) -> None:
        self._budget = byte_budget
        self._arrays: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        with self._lock:
            if key in self._arrays:
                self._arrays.move_to_end(key)
            return self._arrays.get(key)

    def keep(self, key: Hashable, array: Any) -> None:
        if array.nbytes > self._budget:
            return
        with self._lock:
            self._arrays[key] = array
            self._arrays.move_to_end(key)
            while sum(kept.nbytes for kept in self._arrays.values()) > self._budget:
                self._arrays.popitem(last=False)

    def forget(self, name: str) -> None:
        """Drop what was kept under keys that begin with a name."""
        with self._lock:
            for key in [key for key in self._arrays if isinstance(key, tuple) and key[0] == name]:
                del self._arrays[key]
