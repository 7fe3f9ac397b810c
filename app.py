"""Starts Layerscope: settings, then a backend, then the dashboard, then a server."""

import argparse
import os
from typing import Any


def settings() -> argparse.Namespace:
    """What the operator asks for; each option says its default."""
    parser = argparse.ArgumentParser(
        description="See what every layer of a language model does with every token of your text.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    env = os.environ.get
    option = parser.add_argument
    option("--host", default=env("HOST", "127.0.0.1"), help="address to listen on, or HOST")
    option("--port", type=int, default=env("PORT", "8050"), help="port, or PORT")
    help_models = "a hub id or local folder to offer beside the built-in model; repeatable"
    option("--model", action="append", default=[], metavar="ID", dest="models", help=help_models)
    option("--device", default="auto", choices=["auto", "cpu", "cuda", "mps"], help="where to run")
    types = ["auto", "float32", "bfloat16", "float16"]
    option("--dtype", default="auto", choices=types, help="number type of the weights")
    option("--max-tokens", type=int, default=4096, help="longest text, in tokens")
    help_cache = "where results are kept: a folder or redis://host/0, or CACHE_URL; else in memory"
    option("--cache-url", default=env("CACHE_URL", ""), help=help_cache)
    option("--cache-mb", type=int, default=512, help="most memory or disk the cache takes, in MB")
    return parser.parse_args()


def serve(options: argparse.Namespace) -> None:
    """Serve from one process, which owns the models, with threads for the page."""
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):
        def load_config(self) -> None:
            own = {
                "bind": f"{options.host}:{options.port}",
                "worker_class": "gthread",
                "threads": 32,
            }
            for name, value in {**own, "timeout": 0, "control_socket_disable": True}.items():
                self.cfg.set(name, value)

        # The worker makes the backend: its threads would not outlive a fork.
        def load(self) -> Any:
            from dashboard.factory import create_app
            from model_backend import CachedBackend, LocalBackend, catalogue, make_store

            how = {name: getattr(options, name) for name in ("device", "dtype", "max_tokens")}
            local = LocalBackend(catalogue(options.models), **how)
            store = make_store(options.cache_url, options.cache_mb * 2**20)
            app = create_app(CachedBackend(local, store))
            local.load(local.models()[0].name)  # last: importing torch would slow all the rest
            return app.server

    Server().run()


if __name__ == "__main__":
    serve(settings())
