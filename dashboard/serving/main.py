"""Starts Layerscope: options, then a backend, then the dashboard, then a server."""

import sys
from argparse import Namespace
from typing import Any

from dashboard.serving.options import read_options


def compose(options: Namespace) -> Any:
    """The web application that the operator asked for; models load behind it."""
    from dashboard.factory import create_app
    from dashboard.serving.backends import page_backend, start_work
    from dashboard.web import logs
    from dashboard.web.access import read_access

    logs.set_up(options.log_level)
    access = read_access(options)
    backend = page_backend(options)
    app = create_app(backend, access, prefix=options.url_prefix)
    _find_style_sheets(app, options.url_prefix)
    if not options.workers:
        start_work(backend)  # last: importing torch would slow all the rest
    return app.server


def _find_style_sheets(app: Any, prefix: str) -> None:
    """Have Dash read its assets before anybody comes.

    Dash reads them with the first request, and sends pages without style sheets meanwhile.
    """
    app.server.test_client().get(f"{prefix}_favicon.ico")


def main() -> None:
    """Serve the dashboard, or answer for others as a worker, until it is stopped."""
    if sys.argv[1:2] == ["worker"]:
        from dashboard.serving.worker import run_worker

        return run_worker(sys.argv[2:])
    options = read_options()
    from dashboard.serving.server import Server  # after the options: --help answers at once

    Server(options, compose).run()
