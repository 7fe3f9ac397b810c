"""Runs ``layerscope worker``: one process with models, which answers the calls of web processes."""

import logging
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dashboard.serving.options import read_worker_options

if TYPE_CHECKING:
    from model_backend import Worker


def run_worker(arguments: Sequence[str]) -> None:
    """Answer calls until the process is told to stop; calls in hand are answered first."""
    options = read_worker_options(arguments)
    from model_backend import BackendError

    try:
        worker = _make(options)
    except BackendError as error:  # a wrong setting, in a sentence that needs no traceback
        sys.exit(str(error))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    print(f"Worker {worker.name} answers for those who share its Redis.", flush=True)
    worker.run()
    logging.shutdown()
    os._exit(0)  # a study in hand would keep the process for hours; another worker continues it


def _make(options: Namespace) -> "Worker":
    from dashboard.serving.backends import local_backend, result_store
    from dashboard.web import logs
    from model_backend import Broker, CachedBackend, FairQueue, Worker

    logs.set_up(options.log_level)
    local = local_backend(options, resume=False, silence=float(options.silence))
    backend = CachedBackend(local, result_store(options), FairQueue(options.queue))
    worker = Worker(
        backend,
        Broker(options.broker),
        help_with_a_study=local.study_service.help_with_a_study,
        free_bytes=local.free_bytes,
    )
    local.load(local.models()[0].name)
    return worker
