"""Keeps loaded models; each load runs on a thread of its own.

The pool is generic: the function that loads a model is an argument.
"""

import gc
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Iterable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar, runtime_checkable

from model_backend.api.door import ModelCard, ModelState
from model_backend.api.errors import BackendError, LoadingCancelled, ModelUnavailable, UnknownModel
from model_backend.models.catalogue import CatalogueEntry
from model_backend.models.loaded import Report

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1
"""Seconds between two calls of ``check`` while a caller waits for a model."""

EVICTION_SECONDS = 60.0
"""Seconds that ``evict`` waits for requests that still use the model."""

FORKED = (
    "This process is a fork of the one that prepared the models, and the threads that load them do "
    "not exist here. Start the server with python app.py or layerscope; gunicorn --preload and "
    "other servers that fork after loading the application do not work."
)
"""Said of a model that was not ready at the fork; one that was can be used."""


@runtime_checkable
class HasCard(Protocol):
    """A loaded model, for the pool: anything with a card."""

    @property
    def card(self) -> ModelCard: ...


Loaded = TypeVar("Loaded", bound=HasCard)
Load = Callable[[CatalogueEntry, Report], Loaded]


@dataclass(eq=False)
class _Slot(Generic[Loaded]):
    entry: CatalogueEntry
    card: ModelCard
    future: Future[Loaded] = field(default_factory=Future)
    """Result of the latest load; results of earlier loads are discarded."""
    used_at: float = 0.0


class ModelPool(Generic[Loaded]):
    """Loads the models of a catalogue on first use and keeps them."""

    def __init__(self, entries: Iterable[CatalogueEntry], load: Load[Loaded]) -> None:
        self._load = load
        self._slots = {entry.name: _empty_slot(entry) for entry in entries}
        self._lock = threading.Lock()
        self._process = os.getpid()

    def cards(self) -> tuple[ModelCard, ...]:
        """The card of every model with its state; returns at once."""
        return tuple(
            _unloaded_card(slot.entry, ModelState.FAILED, FORKED)
            if self._is_lost(slot)
            else slot.card
            for slot in self._slots.values()
        )

    def loaded(self) -> tuple[Loaded, ...]:
        """The models that are ready to run."""
        with self._lock:
            return tuple(slot.future.result() for slot in self._ready())

    def load(self, name: str) -> None:
        """Start to load a model that is neither loaded nor loading; returns at once."""
        self._start_load(self._slot(name), {ModelState.NOT_LOADED, ModelState.FAILED})

    def take(self, name: str, check: Callable[[], None] | None = None) -> Loaded:
        """Return the loaded model; load it first if necessary, and wait.

        Args:
            check: called while this method waits; an exception from it ends the wait, and the load
                continues.

        Raises:
            UnknownModel: the catalogue has no model of that name.
            ModelUnavailable, UnknownArchitecture: the load failed, or this process is a fork.
        """
        slot = self._slot(name)
        future = self._start_load(slot, {ModelState.NOT_LOADED})
        slot.used_at = time.monotonic()
        while check is not None and not future.done():
            check()
            wait([future], POLL_SECONDS)
        try:
            return future.result()
        except BackendError as error:
            # A new error for every caller: raising one error repeatedly would collect tracebacks.
            raise type(error)(*error.args) from None

    def cancel(self, name: str) -> None:
        """Cancel a running load; callers that wait for it get ``LoadingCancelled`` at once."""
        slot = self._slot(name)
        with self._lock:
            if slot.card.state is not ModelState.LOADING:
                return
            future = self._reset(slot)
        future.set_exception(
            LoadingCancelled(f"The loading of {name} was cancelled. Press Run to load it.")
        )

    def evict(self) -> str | None:
        """Drop the least recently used model and return its name; None if no model is loaded.

        Waits for requests that still use the model, because they hold its memory until they end.
        """
        with self._lock:
            slot = min(self._ready(), key=lambda ready: ready.used_at, default=None)
            if slot is None:
                return None
            reference = weakref.ref(self._reset(slot).result())
        logger.info("Evicting the model %s.", slot.entry.name)
        deadline = time.monotonic() + EVICTION_SECONDS
        while gc.collect() >= 0 and reference() is not None and time.monotonic() < deadline:
            time.sleep(0.02)
        return slot.entry.name

    def _is_lost(self, slot: _Slot[Loaded]) -> bool:
        """True if the model was not ready at the fork of this process: no thread will load it."""
        return os.getpid() != self._process and slot.card.state is not ModelState.READY

    def _slot(self, name: str) -> _Slot[Loaded]:
        if name not in self._slots:
            known = ", ".join(self._slots)
            raise UnknownModel(f"There is no model {name!r} here. There are: {known}.")
        if self._is_lost(self._slots[name]):
            logger.error(FORKED)
            raise ModelUnavailable(FORKED)
        return self._slots[name]

    def _ready(self) -> list[_Slot[Loaded]]:
        return [slot for slot in self._slots.values() if slot.card.state is ModelState.READY]

    def _reset(self, slot: _Slot[Loaded]) -> Future[Loaded]:
        future, slot.future = slot.future, Future()
        slot.card = _empty_slot(slot.entry).card
        return future

    def _start_load(self, slot: _Slot[Loaded], states: set[ModelState]) -> Future[Loaded]:
        with self._lock:
            if slot.card.state not in states:
                return slot.future
            # Each load has a future of its own, so that callers get the load they waited for.
            future = slot.future = Future()
            slot.card = _unloaded_card(slot.entry, ModelState.LOADING, "waiting to load")
        name = f"load {slot.entry.name}"
        threading.Thread(target=self._run_load, args=(slot, future), name=name, daemon=True).start()
        return future

    def _run_load(self, slot: _Slot[Loaded], future: Future[Loaded]) -> None:
        def report(message: str, progress: float | None = None, /) -> None:
            with self._lock:
                if slot.future is not future:
                    raise LoadingCancelled(f"The loading of {slot.entry.name} was cancelled.")
                slot.card = replace(slot.card, message=message, progress=progress)

        try:
            loaded = self._load(slot.entry, report)
        except BackendError as error:
            self._finish_load(slot, future, error)
        except Exception as error:  # the edge of a thread: callers wait for a result
            logger.exception("The model %s did not load.", slot.entry.name)
            self._finish_load(slot, future, _as_unavailable(slot.entry, error))
        else:
            self._finish_load(slot, future, loaded)

    def _finish_load(
        self, slot: _Slot[Loaded], future: Future[Loaded], outcome: Loaded | BackendError
    ) -> None:
        with self._lock:
            if slot.future is not future:  # cancelled meanwhile; its callers already got an error
                return
            if isinstance(outcome, BackendError):
                slot.card = _unloaded_card(slot.entry, ModelState.FAILED, str(outcome))
                future.set_exception(outcome)
            else:
                slot.card = outcome.card
                slot.used_at = time.monotonic()
                future.set_result(outcome)


def _empty_slot(entry: CatalogueEntry) -> _Slot:
    return _Slot(entry, _unloaded_card(entry))


def _unloaded_card(
    entry: CatalogueEntry, state: ModelState = ModelState.NOT_LOADED, message: str = ""
) -> ModelCard:
    """The card of a model that is not loaded: its name and note from the catalogue."""
    return ModelCard(entry.name, state, message, note=entry.note)


def _as_unavailable(entry: CatalogueEntry, error: Exception) -> ModelUnavailable:
    lines = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return ModelUnavailable(f"{entry.name} could not be loaded. {reason}")
