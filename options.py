"""What the operator may ask for on the command line; imports nothing that takes time."""

import argparse
import os
import secrets

DEVICES = ("auto", "cpu", "cuda", "mps")
DTYPES = ("auto", "float32", "bfloat16", "float16")
QUANTIZATIONS = ("none", "8bit", "4bit")


def read_options() -> argparse.Namespace:
    """The options that were given; each says its default."""
    parser = argparse.ArgumentParser(
        description="See what every layer of a language model does with every token of your text.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_server(parser)
    _add_access(parser)
    _add_models(parser)
    _add_cache(parser)
    options = parser.parse_args()
    inside = options.url_prefix.strip("/")
    options.url_prefix = f"/{inside}/" if inside else "/"
    # Made before the server's workers are, so that whoever is signed in stays so when one dies.
    options.secret_key = os.environ.get("SECRET_KEY") or secrets.token_hex(32)
    options.metrics_token = os.environ.get("METRICS_TOKEN", "")
    return options


def _add_server(parser: argparse.ArgumentParser) -> None:
    option, env = parser.add_argument, os.environ.get
    option("--host", default=env("HOST", "127.0.0.1"), help="address to listen on, or HOST")
    option("--port", type=int, default=env("PORT", "8050"), help="port, or PORT")
    option("--queue", type=int, default=64, help="how many computations may wait for their turn")
    levels = ("debug", "info", "warning")
    option("--log-level", default="info", choices=levels, help="debug has a line per request")
    option("--url-prefix", default="/", metavar="PATH", help="the page's address below the host")


def _add_access(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    help_passwords = "lines of name:hash, made by python -m dashboard.access NAME; asks to sign in"
    option("--password-file", default="", metavar="FILE", help=help_passwords)
    help_header = "a header in which a trusted proxy names whoever it has signed in"
    option("--user-header", default="", metavar="NAME", help=help_header)
    help_proxy = "the address of a proxy whose word on host, address and user counts; repeatable"
    option("--trusted-proxy", action="append", default=[], metavar="ADDRESS", help=help_proxy)
    help_hosts = "a host name that the server answers to, beside localhost; repeatable"
    option("--allowed-host", action="append", default=[], metavar="NAME", help=help_hosts)


def _add_models(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    help_models = "a hub id, local folder or GGUF file to offer beside the built-in one; repeatable"
    option("--model", action="append", default=[], metavar="ID", dest="models", help=help_models)
    help_catalogue = "a TOML file that describes more models; README.md says how"
    option("--catalogue", metavar="FILE", default="", help=help_catalogue)
    help_adapter = "an adapter (folder or hub id) for a model that is offered; repeatable"
    pair = "MODEL=ADAPTER"
    option(
        "--adapter", action="append", default=[], metavar=pair, dest="adapters", help=help_adapter
    )
    option("--device", default="auto", choices=DEVICES, help="where to run")
    option("--dtype", default="auto", choices=DTYPES, help="number type of the weights")
    help_quantize = "bits that a weight is squeezed into; needs bitsandbytes"
    option("--quantize", default="none", choices=QUANTIZATIONS, help=help_quantize)
    option("--max-tokens", type=int, default=4096, help="longest text, in tokens")


def _add_cache(parser: argparse.ArgumentParser) -> None:
    option, env = parser.add_argument, os.environ.get
    help_cache = "where results are kept: a folder or redis://host/0, or CACHE_URL; else in memory"
    option("--cache-url", default=env("CACHE_URL", ""), help=help_cache)
    option("--cache-mb", type=int, default=512, help="most memory or disk the cache takes, in MB")
    help_studies = "where studies are kept: a folder, or STUDIES; else among your own data"
    option("--studies", default=env("STUDIES", ""), metavar="FOLDER", help=help_studies)
