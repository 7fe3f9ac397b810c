"""Which models are loaded, loading or failed; each loads on a thread of its own.

Knows nothing of what a model is: how one is loaded is an argument.
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

SLICE = 0.1
"""Seconds between two questions whether a model is still to be waited for."""

PATIENCE = 60.0
"""Seconds that an evicted model is given to finish what it is doing."""

FORKED = (
    "This process is a fork of the one that prepared the models, and the threads that load them do "
    "not exist here. Start the server with python app.py or layerscope; gunicorn --preload and "
    "other servers that fork after loading the application do not work."
)
"""Said of a model that was not ready at the fork; one that was can be used."""


@runtime_checkable
class HasCard(Protocol):
    """A loaded model, as far as the shelf cares."""

    @property
    def card(self) -> ModelCard: ...


Loaded = TypeVar("Loaded", bound=HasCard)
Load = Callable[[CatalogueEntry, Report], Loaded]


@dataclass(eq=False)
class _Place(Generic[Loaded]):
    entry: CatalogueEntry
    card: ModelCard
    future: Future[Loaded] = field(default_factory=Future)
    """Of the latest load; another one's result is nobody's any more."""
    used_at: float = 0.0


class ModelPool(Generic[Loaded]):
    """Holds the models of a catalogue, each loaded when it is first asked for."""

    def __init__(self, entries: Iterable[CatalogueEntry], load: Load[Loaded]) -> None:
        self._load = load
        self._places = {entry.name: _empty_place(entry) for entry in entries}
        self._lock = threading.Lock()
        self._process = os.getpid()

    def cards(self) -> tuple[ModelCard, ...]:
        """Where every model stands; answers at once."""
        return tuple(
            _unread(place.entry, ModelState.FAILED, FORKED) if self._is_lost(place) else place.card
            for place in self._places.values()
        )

    def loaded(self) -> tuple[Loaded, ...]:
        """The models that are ready to run."""
        with self._lock:
            return tuple(place.future.result() for place in self._ready())

    def load(self, name: str) -> None:
        """Begin to load a model that is neither loaded nor loading; returns at once."""
        self._begin(self._place(name), {ModelState.NOT_LOADED, ModelState.FAILED})

    def take(self, name: str, check: Callable[[], None] | None = None) -> Loaded:
        """The loaded model; begins to load it if need be, and waits for it.

        ``check`` is called while it waits, and may raise: the load goes on without whoever waited.

        Raises:
            UnknownModel: the catalogue has no model of that name.
            ModelUnavailable, UnknownArchitecture: it failed to load, or this process is a fork.
        """
        place = self._place(name)
        future = self._begin(place, {ModelState.NOT_LOADED})
        place.used_at = time.monotonic()
        while check is not None and not future.done():
            check()
            wait([future], SLICE)
        try:
            return future.result()
        except BackendError as error:
            # A new one each time: an error raised again and again keeps every traceback.
            raise type(error)(*error.args) from None

    def cancel(self, name: str) -> None:
        """Call off a load that has not come to its end; who waits for it is told at once."""
        place = self._place(name)
        with self._lock:
            if place.card.state is not ModelState.LOADING:
                return
            future = self._empty(place)
        future.set_exception(
            LoadingCancelled(f"The loading of {name} was cancelled. Press Run to load it.")
        )

    def evict(self) -> str | None:
        """Drop the model that was used longest ago, and say which; None when none is loaded.

        Whoever is using it goes on to the end, and is waited for: only then is its memory free.
        """
        with self._lock:
            place = min(self._ready(), key=lambda ready: ready.used_at, default=None)
            if place is None:
                return None
            reference = weakref.ref(self._empty(place).result())
        logger.info("Evicting the model %s.", place.entry.name)
        deadline = time.monotonic() + PATIENCE
        while gc.collect() >= 0 and reference() is not None and time.monotonic() < deadline:
            time.sleep(0.02)
        return place.entry.name

    def _is_lost(self, place: _Place[Loaded]) -> bool:
        """The model was not ready when this process was forked, so no thread will ever load it."""
        return os.getpid() != self._process and place.card.state is not ModelState.READY

    def _place(self, name: str) -> _Place[Loaded]:
        if name not in self._places:
            known = ", ".join(self._places)
            raise UnknownModel(f"There is no model {name!r} here. There are: {known}.")
        if self._is_lost(self._places[name]):
            logger.error(FORKED)
            raise ModelUnavailable(FORKED)
        return self._places[name]

    def _ready(self) -> list[_Place[Loaded]]:
        return [place for place in self._places.values() if place.card.state is ModelState.READY]

    def _empty(self, place: _Place[Loaded]) -> Future[Loaded]:
        future, place.future = place.future, Future()
        place.card = _empty_place(place.entry).card
        return future

    def _begin(self, place: _Place[Loaded], states: set[ModelState]) -> Future[Loaded]:
        with self._lock:
            if place.card.state not in states:
                return place.future
            # Each load has a future of its own: whoever waits on an earlier one hears of that one.
            future = place.future = Future()
            place.card = _unread(place.entry, ModelState.LOADING, "waiting to load")
        name = f"load {place.entry.name}"
        threading.Thread(target=self._fill, args=(place, future), name=name, daemon=True).start()
        return future

    def _fill(self, place: _Place[Loaded], future: Future[Loaded]) -> None:
        def report(message: str, progress: float | None = None, /) -> None:
            with self._lock:
                if place.future is not future:
                    raise LoadingCancelled(f"The loading of {place.entry.name} was cancelled.")
                place.card = replace(place.card, message=message, progress=progress)

        try:
            loaded = self._load(place.entry, report)
        except BackendError as error:
            self._settle(place, future, error)
        except Exception as error:  # the edge of a thread: who waits for the model must hear of it
            logger.exception("The model %s did not load.", place.entry.name)
            self._settle(place, future, _in_words(place.entry, error))
        else:
            self._settle(place, future, loaded)

    def _settle(
        self, place: _Place[Loaded], future: Future[Loaded], outcome: Loaded | BackendError
    ) -> None:
        with self._lock:
            if place.future is not future:  # cancelled meanwhile, and told
                return
            if isinstance(outcome, BackendError):
                place.card = _unread(place.entry, ModelState.FAILED, str(outcome))
                future.set_exception(outcome)
            else:
                place.card = outcome.card
                place.used_at = time.monotonic()
                future.set_result(outcome)


def _empty_place(entry: CatalogueEntry) -> _Place:
    return _Place(entry, _unread(entry))


def _unread(
    entry: CatalogueEntry, state: ModelState = ModelState.NOT_LOADED, message: str = ""
) -> ModelCard:
    """The card of a model of which nothing more is known than what the catalogue says."""
    return ModelCard(entry.name, state, message, note=entry.note)


def _in_words(entry: CatalogueEntry, error: Exception) -> ModelUnavailable:
    lines = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return ModelUnavailable(f"{entry.name} could not be loaded. {reason}")
