"""Which models are loaded, which are loading and which failed; loading happens on its own thread.

Knows nothing of what a model is: how one is loaded is an argument.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Generic, Protocol, TypeVar, runtime_checkable

from model_backend.catalogue import CatalogueEntry
from model_backend.errors import BackendError, ModelUnavailable, UnknownModel
from model_backend.interface import ModelCard, ModelState

logger = logging.getLogger(__name__)


@runtime_checkable
class HasCard(Protocol):
    """A loaded model, as far as the shelf cares."""

    @property
    def card(self) -> ModelCard: ...


Loaded = TypeVar("Loaded", bound=HasCard)
Load = Callable[[CatalogueEntry, Callable[[str], None]], Loaded]


@dataclass(eq=False)
class _Place(Generic[Loaded]):
    entry: CatalogueEntry
    card: ModelCard
    future: Future[Loaded] = field(default_factory=Future)


class Shelf(Generic[Loaded]):
    """Holds the models of a catalogue, each loaded when it is first asked for."""

    def __init__(self, entries: Iterable[CatalogueEntry], load: Load[Loaded]) -> None:
        self._load = load
        self._places = {entry.name: _empty_place(entry) for entry in entries}
        self._lock = threading.Lock()
        # transformers patches torch while it builds a model: two loads at once break each other.
        self._one_at_a_time = threading.Lock()

    def cards(self) -> tuple[ModelCard, ...]:
        """Where every model stands; answers at once."""
        return tuple(place.card for place in self._places.values())

    def loaded(self) -> tuple[Loaded, ...]:
        """The models that are ready to run."""
        ready = [place for place in self._places.values() if place.card.state is ModelState.READY]
        return tuple(place.future.result() for place in ready)

    def load(self, name: str) -> None:
        """Begin to load a model that is neither loaded nor loading; returns at once."""
        place = self._place(name)
        with self._lock:
            if place.card.state in (ModelState.LOADING, ModelState.READY):
                return
            # Each load has a future of its own: whoever waits on an earlier one hears of that one.
            future = place.future = Future()
            place.card = ModelCard(name, ModelState.LOADING, "waiting to load")
        fill = threading.Thread(target=self._fill, args=(place, future), name=f"load {name}")
        fill.daemon = True
        fill.start()

    def take(self, name: str) -> Loaded:
        """The loaded model; begins to load it if need be, and waits for it.

        Raises:
            UnknownModel: the catalogue has no model of that name.
            ModelUnavailable, UnknownArchitecture: it failed to load.
        """
        place = self._place(name)
        if place.card.state is ModelState.NOT_LOADED:
            self.load(name)
        try:
            return place.future.result()
        except BackendError as error:
            # A new one each time: an error raised again and again keeps every traceback.
            raise type(error)(*error.args) from None

    def _place(self, name: str) -> _Place[Loaded]:
        if name not in self._places:
            known = ", ".join(self._places)
            raise UnknownModel(f"There is no model {name!r} here. There are: {known}.")
        return self._places[name]

    def _fill(self, place: _Place[Loaded], future: Future[Loaded]) -> None:
        def report(message: str) -> None:
            place.card = replace(place.card, message=message)

        try:
            with self._one_at_a_time:
                loaded = self._load(place.entry, report)
            future.set_result(loaded)
            place.card = loaded.card
        except BackendError as error:
            _fail(place, future, error)
        except Exception as error:  # the edge of a thread: who waits for the model must hear of it
            logger.exception("The model %s did not load.", place.entry.name)
            _fail(place, future, _in_words(place.entry, error))


def _fail(place: _Place, future: Future, error: BackendError) -> None:
    future.set_exception(error)
    place.card = ModelCard(place.entry.name, ModelState.FAILED, str(error))


def _empty_place(entry: CatalogueEntry) -> _Place:
    return _Place(entry, ModelCard(entry.name, message=entry.note))


def _in_words(entry: CatalogueEntry, error: Exception) -> ModelUnavailable:
    lines = str(error).strip().splitlines()
    reason = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return ModelUnavailable(f"{entry.name} could not be loaded. {reason}")
