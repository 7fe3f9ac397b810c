"""Serves the dashboard from one process, which owns the models, with threads for the page."""

import ipaddress
import logging
import os
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from gunicorn.app.base import BaseApplication
from gunicorn.errors import AppImportError

THREADS = 320
"""Most of them only wait: for a model to load, or for their turn."""


class Server(BaseApplication):
    """Gunicorn with one worker; ``make`` gives the application, in the worker.

    The worker makes it because the threads of a backend would not outlive a fork.
    """

    def __init__(self, options: Namespace, make: Callable[[Namespace], Any]) -> None:
        self._options, self._make = options, make
        super().__init__()

    def load_config(self) -> None:
        own = {
            "bind": f"{_in_address(self._options.host)}:{self._options.port}",
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": 0,
            "keepalive": 30,
            "graceful_timeout": 20,
            "control_socket_disable": True,
            "worker_exit": lambda _, worker: leave(worker),
            "on_starting": lambda _: print(announcement(self._options), flush=True),
        }
        for name, value in own.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from model_backend import BackendError

        try:
            return self._make(self._options)
        except BackendError as error:  # a wrong setting, in a sentence that needs no traceback
            raise AppImportError(str(error)) from error


def leave(worker: Any) -> None:
    """End the worker process at once when its requests are answered: taking PyTorch apart takes
    seconds.
    """
    if worker.booted:
        logging.shutdown()
        os._exit(0)


def announcement(options: Namespace) -> str:
    """Address of the page, and who can reach it."""
    address = f"http://{_in_address(options.host)}:{options.port}{options.url_prefix}"
    if options.password_file or options.user_header:
        return f"Layerscope is at {address} for those who sign in."
    if is_loopback(options.host):
        return f"Layerscope is at {address} for this machine only; nobody has to sign in."
    return (
        f"Layerscope is at {address} for EVERYONE who can reach this machine: nobody has to sign "
        "in. Give --password-file, or leave --host out to serve this machine only."
    )


def is_loopback(host: str) -> bool:
    """True if only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _in_address(host: str) -> str:
    """Brackets around an address of IPv6, whose colons would look like the one before a port."""
    return f"[{host}]" if ":" in host else host
