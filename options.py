"""What the operator may ask for on the command line; imports nothing that takes time."""

import argparse
import os

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
    _add_models(parser)
    _add_cache(parser)
    return parser.parse_args()


def _add_server(parser: argparse.ArgumentParser) -> None:
    option, env = parser.add_argument, os.environ.get
    option("--host", default=env("HOST", "127.0.0.1"), help="address to listen on, or HOST")
    option("--port", type=int, default=env("PORT", "8050"), help="port, or PORT")


def _add_models(parser: argparse.ArgumentParser) -> None:
    option = parser.add_argument
    help_models = "a hub id or local folder to offer beside the built-in model; repeatable"
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
