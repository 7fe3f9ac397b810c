"""Command-line options; imports nothing that takes time."""

import argparse
import os
import secrets
from collections.abc import Sequence
from typing import Any

from dashboard.serving.values import (
    at_least,
    device,
    header_name,
    host_name,
    listening_host,
    not_empty,
    port,
    proxy_address,
    url_prefix,
)

DTYPES = ("auto", "float32", "bfloat16", "float16")
QUANTIZATIONS = ("none", "8bit", "4bit")


def read_options() -> argparse.Namespace:
    """Parse the options of the command line."""
    parser = argparse.ArgumentParser(
        description="See what every layer of a language model does with every token of your text.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_server(parser)
    _add_queue(parser)
    _add_access(parser)
    _add_workers(parser)
    _add_models(parser)
    _add_cache(parser)
    options = parser.parse_args()
    # Made before the server's workers are, so that people stay signed in when one dies.
    options.secret_key = os.environ.get("SECRET_KEY") or secrets.token_hex(32)
    options.metrics_token = os.environ.get("METRICS_TOKEN", "")
    return options


def read_worker_options(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse the options of ``layerscope worker``."""
    parser = argparse.ArgumentParser(
        prog="layerscope worker",
        description="Run models for the web processes that share a Redis.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    own = os.environ.get("BROKER", "")
    help_broker = "the Redis of the web processes, such as redis://host/0, or BROKER"
    broker: dict[str, Any] = {"type": not_empty, "metavar": "URL", "help": help_broker}
    parser.add_argument("--broker", required=not own, default=own or argparse.SUPPRESS, **broker)
    help_silence = "seconds without a sign of life after which another worker's study is taken over"
    parser.add_argument(
        "--silence", type=at_least(1), default=60, metavar="SECONDS", help=help_silence
    )
    _add_queue(parser)
    _add_models(parser)
    _add_cache(parser)
    return parser.parse_args(arguments)


def _add_server(parser: argparse.ArgumentParser) -> None:
    option, env = parser.add_argument, os.environ.get
    host = env("HOST") or "127.0.0.1"
    option("--host", type=listening_host, default=host, help="address to listen on, or HOST")
    option("--port", type=port, default=env("PORT") or "8050", help="port, or PORT")
    help_prefix = "the page's address below the host"
    option("--url-prefix", type=url_prefix, default="/", metavar="PATH", help=help_prefix)


def _add_queue(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    help_queue = "how many computations may wait for their turn"
    option("--queue", type=at_least(1), default=64, help=help_queue)
    levels = ("debug", "info", "warning")
    option("--log-level", default="info", choices=levels, help="debug has a line per request")


def _add_access(parser: argparse.ArgumentParser) -> None:
    # Empty values are refused where they are given: they would let everyone in.
    parser.set_defaults(password_file="", user_header="")
    unset, option = argparse.SUPPRESS, parser.add_argument
    help_passwords = "lines of name:hash, made by python -m dashboard.access NAME; asks to sign in"
    option("--password-file", type=not_empty, default=unset, metavar="FILE", help=help_passwords)
    help_header = "header in which a trusted proxy names the signed-in user"
    option("--user-header", type=header_name, default=unset, metavar="NAME", help=help_header)
    several: dict[str, Any] = {"action": "append", "default": []}
    help_proxy = "the address of a proxy whose word on host, address and user counts; repeatable"
    option("--trusted-proxy", type=proxy_address, metavar="ADDRESS", help=help_proxy, **several)
    help_hosts = "a host name that the server answers to, beside localhost; repeatable"
    option("--allowed-host", type=host_name, metavar="NAME", help=help_hosts, **several)


def _add_workers(parser: argparse.ArgumentParser) -> None:
    help_workers = "a Redis, redis://host/0, whose workers run the models, or WORKERS; this process"
    own = os.environ.get("WORKERS", "")
    parser.add_argument("--workers", metavar="URL", default=own, help=f"{help_workers} if empty")


def _add_models(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(catalogue="", worked_examples="")
    unset, option = argparse.SUPPRESS, parser.add_argument
    several: dict[str, Any] = {"type": not_empty, "action": "append", "default": []}
    help_models = "a hub id, local folder or GGUF file to offer beside the built-in one; repeatable"
    option("--model", metavar="ID", dest="models", help=help_models, **several)
    help_catalogue = "a TOML file that describes more models; README.md says how"
    option("--catalogue", type=not_empty, metavar="FILE", default=unset, help=help_catalogue)
    help_adapter = "an adapter (folder or hub id) for a model that is offered; repeatable"
    pair = "MODEL=ADAPTER"
    option("--adapter", metavar=pair, dest="adapters", help=help_adapter, **several)
    help_device = "where to run: auto, cpu, cuda, mps, or one GPU as cuda:0"
    option("--device", type=device, default="auto", metavar="DEVICE", help=help_device)
    option("--dtype", default="auto", choices=DTYPES, help="number type of the weights")
    help_quantize = "bits per weight; needs bitsandbytes"
    option("--quantize", default="none", choices=QUANTIZATIONS, help=help_quantize)
    option("--max-tokens", type=at_least(1), default=4096, help="longest text, in tokens")
    help_examples = "a text file in place of the examples with which models find exact answers"
    option("--worked-examples", type=not_empty, metavar="FILE", default=unset, help=help_examples)


def _add_cache(parser: argparse.ArgumentParser) -> None:
    option, env = parser.add_argument, os.environ.get
    help_cache = "where results are kept: a folder or redis://host/0, or CACHE_URL; else in memory"
    option("--cache-url", default=env("CACHE_URL", ""), help=help_cache)
    help_mb = "most memory or disk the cache takes, in MB"
    option("--cache-mb", type=at_least(0), default=512, help=help_mb)
    help_studies = "where studies are kept: a folder, or STUDIES; else among your own data"
    option("--studies", default=env("STUDIES", ""), metavar="FOLDER", help=help_studies)
