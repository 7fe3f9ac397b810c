"""The backend that runs models in this process: ties the folders' handlers to the door.

Importing this module imports no torch, which takes seconds: the thread that loads the first model
does that, while the page is already being looked at.
"""

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import psutil

from model_backend.answering.answer_jobs import AnswerJobs, PendingAnswer
from model_backend.answering.worked_examples import (
    own_worked_examples,
    read_examples_file,
    read_worked_examples,
)
from model_backend.api.backend import Backend
from model_backend.api.clients import without_queue
from model_backend.api.door import BlobId, CancelLoad, JobId, JobStatus, LoadedCard, ModelCard
from model_backend.api.errors import BadRequest
from model_backend.api.patching import PatchMap, PatchRequest
from model_backend.api.questions import GenerateRequest
from model_backend.api.requests import Request
from model_backend.api.study_requests import StudyRequest
from model_backend.api.validation import expand_home
from model_backend.api.workers import WorkersRequest
from model_backend.code_hash import code_hash
from model_backend.engine.patching.jobs import PatchJobs
from model_backend.models.catalogue import CatalogueEntry, Settings, catalogue
from model_backend.models.loaded import LoadContext, LoadedModel, Report
from model_backend.models.pool import ModelPool
from model_backend.probing.storage.claims import SILENCE
from model_backend.probing.studies.service import LocalStudyService
from model_backend.sharing.blobs import Blobs
from model_backend.sharing.lru_cache import LruCache

if TYPE_CHECKING:
    import model_backend.computing

R = TypeVar("R")

TRACES = 256 * 2**20
"""Bytes of the last few residual streams: a click on a cell then need not run the model again."""


class LocalBackend(Backend):
    """A ``Backend`` whose models are in this process, loaded when they are first asked for."""

    def __init__(
        self,
        entries: Iterable[CatalogueEntry] | None = None,
        *,
        device: str = "auto",
        dtype: str = "auto",
        max_tokens: int = 4096,
        quantize: str = "none",
        studies: str | Path | None = None,
        worked_examples: str | Path = "",
        resume: bool = True,
        silence: float = SILENCE,
    ) -> None:
        """Offer models.

        Args:
            studies: folder of the studies.
            resume: whether unfinished studies of the folder continue with the first look at it.
            worked_examples: file with which models read exact answers out of their answers; the
                project's own if empty.
            silence: seconds without a sign of life after which a study, or a part of one, of
                another process that shares the folder is taken over.

        Raises:
            BadRequest: the worked examples cannot be read.
        """
        self._examples_text = read_examples_file(worked_examples) if worked_examples else ""
        self._settings = Settings(device, dtype, max_tokens, quantize)
        self._pool = ModelPool(catalogue() if entries is None else entries, self._load)
        self._building = threading.Lock()
        self._traces = LruCache(TRACES)
        self._replies = AnswerJobs()
        self._patches = PatchJobs()
        self._blobs = Blobs()
        folder = expand_home(studies) if studies else None
        self.study_service = LocalStudyService(
            folder,
            self._pool.take,
            self.models,
            resume=resume,
            worked_examples=self._examples_text,
            silence=silence,
        )
        self._at_once = (
            without_queue()
            .on(LoadedCard, lambda request: self._pool.take(request.model).card)
            .on(WorkersRequest, lambda _: ())
            .on(CancelLoad, lambda request: self._pool.cancel(request.model))
            .include(self.study_service.handlers(self._blobs))
        )

    def models(self) -> tuple[ModelCard, ...]:
        return self._pool.cards()

    def load(self, model: str) -> None:
        self._pool.load(model)

    def ask(self, request: Request[R]) -> R:
        if request in self._at_once:
            return self._at_once.answer(request)
        model = getattr(request, "model", None)
        if model is None:
            raise BadRequest(f"This backend does not answer a {type(request).__name__}.")
        self._pool.take(model)  # on another thread, this imports torch
        return self._with_models.handlers.answer(request)

    def start(self, request: Request[Any]) -> JobId:
        starts: dict[type, Callable[[Any], JobId]] = {
            StudyRequest: self.study_service.start_study,
            GenerateRequest: self._start_answer,
            PatchRequest: self._start_patch,
        }
        start = starts.get(type(request))
        if start is None:
            raise BadRequest(f"A {type(request).__name__} cannot be started as a job; use ask().")
        return start(request)

    def watch(self, job: JobId) -> JobStatus[Any]:
        if self._patches.owns(job):
            return self._patches.watch(job)
        return self._replies.watch(job) if self._replies.owns(job) else self.study_service.job(job)

    def cancel(self, job: JobId) -> None:
        if self._patches.owns(job):
            self._patches.stop(job)
        elif self._replies.owns(job):
            self._replies.stop(job)
        else:
            self.study_service.cancel(job)

    def put_blob(self, content: Iterable[bytes]) -> BlobId:
        return self._blobs.put(content)

    def open_blob(self, blob: BlobId) -> Iterator[bytes]:
        return self._blobs.open(blob)

    def free_bytes(self) -> int:
        """Memory for one more model: on the GPUs that hold models now, else on this machine."""
        if not self._pool.loaded():  # nothing has imported torch yet
            return int(psutil.virtual_memory().available)
        return self._with_models.free_bytes()

    def _start_answer(self, request: GenerateRequest) -> JobId:
        self._pool.load(request.model)  # an unknown model is refused before anything is begun

        def begin() -> PendingAnswer:
            self._pool.take(request.model)
            return self._with_models.answers.begin(request)

        return self._replies.start(request, begin)

    def _start_patch(self, request: PatchRequest) -> JobId:
        self._pool.load(request.model)

        def begin() -> Iterator[PatchMap]:
            self._pool.take(request.model)
            return self._with_models.patches.begin(request)

        return self._patches.start(request, begin)

    @cached_property
    def _with_models(self) -> "model_backend.computing.Computing":
        """Everything that computes with models; imported late, because it imports torch."""
        from model_backend.computing import Computing

        text = self._examples_text
        examples = read_worked_examples(text) if text else own_worked_examples()
        return Computing(self._pool, self._traces, self.study_service, examples)

    def _load(self, entry: CatalogueEntry, report: Report) -> LoadedModel:
        report("importing PyTorch")
        # Threads that wait for each other sleep instead of spin. On cores that are shared with
        # anything else this is several times faster. It counts only if torch is not yet imported.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        from model_backend.models.loading import load_model

        context = LoadContext(
            lambda: self._building, self._all_models_idle, self._evict, self._evictable_bytes
        )
        loaded = load_model(entry, report, self._settings, context)
        hash_of_code = code_hash(worked_examples=self._examples_text)
        return replace(loaded, card=replace(loaded.card, code_hash=hash_of_code))

    def _evict(self) -> bool:
        name = self._pool.evict()
        if name is not None:
            self._traces.forget(name)
        return name is not None

    def _evictable_bytes(self) -> int:
        return sum(loaded.n_bytes for loaded in self._pool.loaded())

    @contextmanager
    def _all_models_idle(self) -> Iterator[None]:
        """Let no model run meanwhile."""
        with ExitStack() as stack:
            for loaded in self._pool.loaded():
                stack.enter_context(loaded.running)
            yield
