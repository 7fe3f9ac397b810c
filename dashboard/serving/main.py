"""Starts Layerscope: options, then a backend, then the dashboard, then a server."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from dashboard.serving.options import read_options


def compose(options: Namespace) -> Any:
    """The web application that the operator asked for; models load behind it."""
    from dashboard.factory import create_app
    from dashboard.web import logs
    from dashboard.web.access import read_access
    from model_backend import (
        CachedBackend,
        FairQueue,
        FileBackend,
        LocalBackend,
        catalogue,
        make_store,
        read_catalogue,
    )

    logs.set_up(options.log_level)
    access = read_access(options)
    described = read_catalogue(Path(options.catalogue)) if options.catalogue else ()
    entries = catalogue(options.models, described, adapters=options.adapters)
    how = ("device", "dtype", "quantize", "max_tokens", "studies", "worked_examples")
    local = LocalBackend(entries, **{name: getattr(options, name) for name in how})
    store = make_store(options.cache_url, options.cache_mb * 2**20)
    backend = FileBackend(CachedBackend(local, store, FairQueue(options.queue)))
    app = create_app(backend, access, prefix=options.url_prefix)
    _find_style_sheets(app, options.url_prefix)
    local.load(local.models()[0].name)  # last: importing torch would slow all the rest
    local.jobs()  # resumes unfinished studies
    return app.server


def _find_style_sheets(app: Any, prefix: str) -> None:
    """Have Dash read its assets before anybody comes.

    Dash reads them with the first request, and sends pages without style sheets meanwhile.
    """
    app.server.test_client().get(f"{prefix}_favicon.ico")


def main() -> None:
    """Serve the dashboard until it is stopped."""
    options = read_options()
    from dashboard.serving.server import Server  # after the options: --help answers at once

    Server(options, compose).run()
