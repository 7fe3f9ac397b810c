"""Serves the dashboard from one process, which owns the models, with threads for the page."""

from argparse import Namespace
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication


class Server(BaseApplication):
    """Gunicorn with one worker; ``make`` gives the application, in the worker.

    The worker makes it because the threads of a backend would not outlive a fork.
    """

    def __init__(self, options: Namespace, make: Callable[[Namespace], Any]) -> None:
        self._options, self._make = options, make
        super().__init__()

    def load_config(self) -> None:
        own = {
            "bind": f"{self._options.host}:{self._options.port}",
            "worker_class": "gthread",
            "threads": 32,
            "timeout": 0,
            "control_socket_disable": True,
        }
        for name, value in own.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        return self._make(self._options)
