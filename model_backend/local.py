"""The backend that runs models in this process: ties the parts below it to the interface.

Importing this module imports no torch, which takes seconds: the thread that loads the first model
does that, while the page is already being looked at.
"""

import hashlib
import json
import logging
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from model_backend.answering.answer_jobs import AnswerJobs, PendingAnswer
from model_backend.api.backend import CellRequest, Inspection, InspectRequest, ModelCard
from model_backend.api.cell_detail import CellDetail
from model_backend.api.clients import Counts, Waiting
from model_backend.api.errors import BackendError, BadRequest, TextTooLong
from model_backend.api.grid import LayerTokenGrid
from model_backend.api.questions import (
    Answer,
    AnswerId,
    AnswerProgress,
    Generated,
    QuestionRequest,
)
from model_backend.api.sites import Site
from model_backend.api.study_requests import ProbeScoreRequest
from model_backend.api.study_service import ForwardsStudies
from model_backend.api.validation import OfText
from model_backend.models.catalogue import CatalogueEntry, Settings, catalogue
from model_backend.models.loaded import Host, LoadedModel, Report
from model_backend.models.pool import ModelPool
from model_backend.probing.studies.service import LocalStudyService
from model_backend.sharing.lru_cache import LruCache

SCHEMA = 2
"""To be raised when the same tokens and weights come to give other numbers."""

TRACES = 256 * 2**20
"""Bytes of the last few residual streams: a click on a cell then need not run the model again."""

logger = logging.getLogger(__name__)


class LocalBackend(ForwardsStudies):
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
    ) -> None:
        self._settings = Settings(device, dtype, max_tokens, quantize)
        self._shelf = ModelPool(catalogue() if entries is None else entries, self._load)
        self._building = threading.Lock()
        self._traces = LruCache(TRACES)
        self._replies = AnswerJobs()
        folder = Path(studies).expanduser() if studies else None
        self._desk = self.desk = LocalStudyService(folder, self._shelf.take, self.models)

    def models(self) -> tuple[ModelCard, ...]:
        return self._shelf.cards()

    def load(self, model: str) -> None:
        self._shelf.load(model)

    def cancel_load(self, model: str) -> None:
        self._shelf.cancel(model)

    def waiting(self) -> Waiting | None:
        return None

    def give_up(self) -> None:
        pass

    def counts(self) -> Counts:
        return Counts()

    def vocabulary(self, model: str) -> tuple[str, ...]:
        loaded = self._shelf.take(model)
        from model_backend.engine.tokens import vocabulary_texts

        with loaded.tokenizing:
            return vocabulary_texts(loaded.tokenizer, loaded.card.vocabulary_size or 0)

    def fingerprint(
        self, request: InspectRequest | CellRequest | QuestionRequest | ProbeScoreRequest
    ) -> str:
        loaded = self._shelf.take(request.model)
        if isinstance(request, QuestionRequest):
            return self._fingerprint_question(loaded, request)
        card, options = loaded.card, self._options(request)
        model = (request.model, card.revision, loaded.tokenizer_hash, card.dtype)
        parts = (SCHEMA, type(request).__name__, model, options, _token_ids(loaded, request))
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def inspect(self, request: InspectRequest) -> Inspection:
        loaded = self._shelf.take(request.model)
        from model_backend.engine.inspect_text import inspect_trace

        token_ids = _token_ids(loaded, request)
        with _running(loaded, len(token_ids)):
            trace = self._trace(loaded, token_ids, attention=request.attention)
            return inspect_trace(loaded, token_ids, trace)

    def cell(self, request: CellRequest) -> CellDetail:
        loaded = self._shelf.take(request.model)
        from model_backend.engine.open_cell import Cell, open_cell

        token_ids = _token_ids(loaded, request)
        row, position = request.row, request.position
        _check_place("row", row, (loaded.card.n_layers or 0) + 1)
        _check_place("position", position, len(token_ids))
        with _running(loaded, len(token_ids)):
            trace = self._trace(loaded, token_ids, attention=request.attention)
            return open_cell(loaded, trace, Cell(token_ids, row, position))

    def probe_scores(self, request: ProbeScoreRequest) -> LayerTokenGrid:
        loaded, study = self._shelf.take(request.model), self.desk.study(request.study)
        from model_backend.probing.studies.scoring import (
            check_fit,
            check_site,
            score_trace,
            trace_site,
        )

        token_ids, site = _token_ids(loaded, request), request.site or study.card.best.cell.site
        check_site(study, site)
        probes = self.desk.probes(request.study, site)
        check_fit(study, site, probes, loaded.card)
        with _running(loaded, len(token_ids)):
            if site is Site.RESID_POST:
                trace = self._trace(loaded, token_ids, attention=False)
            else:
                trace = trace_site(loaded, token_ids, site)
            return score_trace(loaded, trace, token_ids, request, by=(study, probes))

    def generate(self, request: QuestionRequest) -> Generated:
        loaded = self._shelf.take(request.model)
        from model_backend.answering.ask import generate_answer

        return generate_answer(loaded, request, lambda: _running(loaded, 1))

    def answer(self, request: QuestionRequest) -> Answer:
        loaded = self._shelf.take(request.model)
        from model_backend.answering.ask import read_answer

        ids = request.answer_ids
        return read_answer(
            loaded, request, self.generate(request).token_ids.tolist() if ids is None else ids
        )

    def start_answer(self, request: QuestionRequest) -> AnswerId:
        self._shelf.load(request.model)  # an unknown model is refused before anything is begun
        return self._replies.start(lambda: self._begin(request))

    def answer_progress(self, answer: AnswerId) -> AnswerProgress:
        return self._replies.progress(answer)

    def stop_answer(self, answer: AnswerId) -> None:
        self._replies.stop(answer)

    def _options(self, request: InspectRequest | CellRequest | ProbeScoreRequest) -> dict[str, Any]:
        """What the result depends on besides the model and the tokens."""
        if isinstance(request, ProbeScoreRequest):
            study = self.desk.study_hash(request.study)
            how = (request.study, study, request.site, request.position, request.columns)
            return {"probes": how}
        cell = (request.row, request.position) if isinstance(request, CellRequest) else None
        return {"cell": cell, "attention": request.attention}

    def _begin(self, request: QuestionRequest) -> PendingAnswer:
        loaded = self._shelf.take(request.model)
        from model_backend.answering.ask import begin_answer

        return begin_answer(loaded, request, lambda: _running(loaded, 1))

    def _fingerprint_question(self, loaded: LoadedModel, request: QuestionRequest) -> str:
        from model_backend.answering.ask import prompt_of

        prompt_ids = prompt_of(loaded, request.question).token_ids
        model = (request.model, loaded.card.revision, loaded.tokenizer_hash, loaded.card.dtype)
        how = (request.max_new_tokens, request.temperature, request.seed, loaded.card.max_tokens)
        parts = (SCHEMA, "generate", model, how, prompt_ids)
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _trace(self, loaded: LoadedModel, token_ids: tuple[int, ...], *, attention: bool) -> Any:
        from model_backend.engine.inspect_text import trace_tokens

        key = (loaded.card.name, loaded.card.revision, token_ids, attention)
        trace = self._traces.get(key)
        if trace is None:
            trace = trace_tokens(loaded, token_ids, attention=attention)
            self._traces.keep(key, trace, trace.nbytes)
        return trace

    def _load(self, entry: CatalogueEntry, report: Report) -> LoadedModel:
        report("importing PyTorch")
        # Threads that wait for each other sleep instead of spin. On cores that are shared with
        # anything else this is several times faster. It counts only if torch is not yet imported.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        from model_backend.models.loading import load_model

        host = Host(lambda: self._building, self._quiet, self._evict, self._evictable_bytes)
        return load_model(entry, report, self._settings, host)

    def _evict(self) -> bool:
        name = self._shelf.evict()
        if name is not None:
            self._traces.forget(name)
        return name is not None

    def _evictable_bytes(self) -> int:
        return sum(loaded.n_bytes for loaded in self._shelf.loaded())

    @contextmanager
    def _quiet(self) -> Iterator[None]:
        """Let no model run meanwhile."""
        with ExitStack() as stack:
            for loaded in self._shelf.loaded():
                stack.enter_context(loaded.running)
            yield


def _token_ids(loaded: LoadedModel, request: OfText) -> tuple[int, ...]:
    from model_backend.engine.tokens import encode

    token_ids = tuple(request.token_ids)
    if not token_ids:
        with loaded.tokenizing:
            token_ids = tuple(encode(loaded.tokenizer, request.text, request.special_tokens))
    if not token_ids:
        raise BadRequest(f"{request.model} makes no tokens of this text. Type another.")
    limit = loaded.card.max_tokens or len(token_ids)
    if len(token_ids) > limit:
        raise TextTooLong(
            f"The text has {len(token_ids):,} tokens; {request.model} takes {limit:,} at most. "
            "Shorten it."
        )
    loaded.check_ids(token_ids)
    return token_ids


def _check_place(name: str, value: int, count: int) -> None:
    if value >= count:
        raise BadRequest(f"There is no {name} {value} here: they go from 0 to {count - 1}.")


@contextmanager
def _running(loaded: LoadedModel, n_tokens: int) -> Iterator[None]:
    """One forward pass of a model at a time; what goes wrong in it is told, and harms no other."""
    with loaded.running:
        try:
            yield
        except BackendError:
            raise
        except Exception as error:  # the model's code is not ours, and neither are its errors
            logger.exception("%s failed over %d tokens.", loaded.card.name, n_tokens)
            raise BackendError(_in_words(error, loaded.card.name, n_tokens)) from error


def _in_words(error: Exception, name: str, n_tokens: int) -> str:
    if isinstance(error, MemoryError) or "memory" in str(error):
        return f"There is not enough memory for {n_tokens:,} tokens in {name}. Shorten the text."
    reason = str(error).strip().splitlines()[:1]
    return f"{name} failed over this text: {type(error).__name__} {' '.join(reason)}"
