"""Puts the backend together that the options ask for; models load behind it."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from model_backend import (
    Backend,
    Broker,
    CachedBackend,
    FairQueue,
    FileBackend,
    LocalBackend,
    QueuesOfWorkers,
    RemoteBackend,
    Store,
    catalogue,
    make_store,
    read_catalogue,
)


def local_backend(options: Namespace, **more: Any) -> LocalBackend:
    """A backend that runs the models of the options in this process.

    Args:
        more: further arguments of ``LocalBackend``, which are no options.
    """
    described = read_catalogue(Path(options.catalogue)) if options.catalogue else ()
    entries = catalogue(options.models, described, adapters=options.adapters)
    how = ("device", "dtype", "quantize", "max_tokens", "studies", "worked_examples")
    return LocalBackend(entries, **{name: getattr(options, name) for name in how}, **more)


def result_store(options: Namespace) -> Store:
    """The store in which the options keep results."""
    return make_store(options.cache_url, options.cache_mb * 2**20)


def page_backend(options: Namespace) -> Backend:
    """The backend of the page: its models are here, or in workers if the options name a broker."""
    if options.workers:
        remote = RemoteBackend(Broker(options.workers))
        return FileBackend(CachedBackend(remote, result_store(options), QueuesOfWorkers(remote)))
    local = local_backend(options)
    return FileBackend(CachedBackend(local, result_store(options), FairQueue(options.queue)))


def start_work(backend: Backend) -> None:
    """Load the default model and continue unfinished studies; importing torch takes seconds."""
    backend.load(backend.models()[0].name)
    backend.jobs()
