"""The one door to models: the eight methods of every backend, with the cards and jobs they return.

``Backend`` adds the short ways for notebooks, such as ``backend.inspect(...)``.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar

from model_backend.api.errors import BadRequest
from model_backend.api.models.laws import LawResult
from model_backend.api.requests import Command, Lookup, Query, Request
from model_backend.api.validation import check_text

R = TypeVar("R")
Asked = TypeVar("Asked", bound=Request[Any])

JobId = str
"""Names a job. A study's job has the id of the study that it will leave behind."""
QUERY_JOB = "query-"
"""Begins the id of every job that is not a study's: an answer that grows."""
LONGEST_TOKEN = 200
"""Characters of a typed token."""
BlobId = str
"""Names bytes that were put into a backend or can be fetched from it."""


class ModelState(StrEnum):
    """State of a model in the catalogue."""

    NOT_LOADED = "not loaded"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class ModelCard:
    """Facts about one model of the catalogue; sizes are None until it has been loaded."""

    name: str
    state: ModelState = ModelState.NOT_LOADED
    message: str = ""
    """Progress message while it loads, reason if it failed, else empty."""
    progress: float | None = None
    """While it loads: how much of what ``message`` speaks of is done, from 0 to 1, if known."""
    family: str | None = None
    n_layers: int | None = None
    hidden_size: int | None = None
    vocabulary_size: int | None = None
    max_tokens: int | None = None
    """The longest text it takes here: its context, or the operator's limit if that is smaller."""
    revision: str | None = None
    dtype: str | None = None
    note: str = ""
    """A word about the model, from the catalogue."""
    tokenizer_hash: str | None = None
    device: str | None = None
    """The kind of device it runs on, such as ``cuda``: another kind rounds otherwise."""
    code_hash: str = ""
    """A hash of the code that computes with it."""
    laws: tuple[LawResult, ...] = ()
    """Laws by which its parts were checked when it was loaded."""

    @property
    def identity(self) -> str | None:
        """A hash of everything about the model that results depend on; None until it is loaded."""
        if self.revision is None:
            return None
        settled = replace(self, state=ModelState.READY, message="", progress=None, note="", laws=())
        return hashlib.sha256(repr(astuple(settled)).encode(errors="replace")).hexdigest()


@dataclass(frozen=True)
class LoadedCard(Lookup[ModelCard]):
    """The card of a model once it is loaded; begins to load it if need be, and waits."""

    model: str


@dataclass(frozen=True)
class CancelLoad(Command[None]):
    """Call off the loading of a model, if it is loading; those who wait for it get an error."""

    model: str


@dataclass(frozen=True)
class VocabularyRequest(Query[tuple[str, ...]]):
    """The text of every token id on its own, in order of id."""

    model: str

    @property
    def runs_model(self) -> bool:
        return False


@dataclass(frozen=True)
class TokenChoice:
    """One way in which a text stands in other text, and its tokens."""

    text: str
    """The typed text, with or without a space before it."""
    token_ids: tuple[int, ...]
    token_texts: tuple[str, ...]


@dataclass(frozen=True)
class TokenChoices(Query[tuple[TokenChoice, ...]]):
    """Ways to read ``text`` as tokens of ``model``: with a space before it, and without.

    Those of a single token come first. Two ways with the same first token are one.

    Raises:
        BadRequest: the text is empty, not text, or too long.
    """

    model: str
    text: str

    def __post_init__(self) -> None:
        if not isinstance(self.model, str) or not isinstance(self.text, str):
            raise BadRequest("The model and the token must be text.")
        if not self.text:
            raise BadRequest("There is no token yet. Type a word.")
        check_text("token", self.text, LONGEST_TOKEN)

    @property
    def runs_model(self) -> bool:
        return False


class Stage(StrEnum):
    """Stage of a running job, in the order of a study."""

    WAITING = "waiting for its turn"
    LOADING = "loading the model"
    ASKING = "asking and listening"
    FITTING = "fitting probes"
    CONTROLS = "controls"
    WRITING = "writing the report"
    FINISHED = "finished"

    @property
    def label(self) -> str:
        """Words for the page; the value is stored in status files and never changes."""
        if self is Stage.ASKING:
            return "generating answers and capturing activations"
        return self.value


class JobState(StrEnum):
    """State of a job; the last three are final."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(frozen=True)
class JobStatus(Generic[Asked]):
    """Progress of a job: a study, an answer, or other long work."""

    job: JobId
    request: Asked
    state: JobState = JobState.WAITING
    stage: Stage = Stage.WAITING
    done: int = 0
    total: int = 0
    """Size of this stage, in ``unit``; 0 while it is unknown."""
    unit: str = ""
    rate: float = 0.0
    """Units a second, over the last while."""
    seconds_left: float | None = None
    """Estimate for the whole job; None while there is none."""
    seconds: float = 0.0
    """Since it began; the time a study lay interrupted does not count."""
    message: str = ""
    """Reason if it failed, in a sentence; else a message or nothing."""
    so_far: object = None
    """The result as far as it goes, such as a map whose missing rows are NaN; whole when the job
    is done. None where a job shows nothing before its end."""

    @property
    def is_over(self) -> bool:
        return self.state in (JobState.DONE, JobState.CANCELLED, JobState.FAILED)


class Door(ABC):
    """Answers requests about the models of one catalogue; where they run is its own affair."""

    @abstractmethod
    def models(self) -> tuple[ModelCard, ...]:
        """The catalogue as it stands now, the default model first; answers at once."""

    @abstractmethod
    def load(self, model: str) -> None:
        """Start to load a model unless it is loading or loaded; returns at once."""

    @abstractmethod
    def ask(self, request: Request[R]) -> R:
        """Answer a query or a lookup, or carry out a command.

        Raises:
            BackendError: it cannot be answered; the text says why.
        """

    @abstractmethod
    def start(self, request: Request[Any]) -> JobId:
        """Start work that takes long; returns at once."""

    @abstractmethod
    def watch(self, job: JobId) -> JobStatus[Any]:
        """Progress of a job, with its result so far. An answer ends if nobody watches it."""

    @abstractmethod
    def cancel(self, job: JobId) -> None:
        """Stop a job; one that is over stays as it is."""

    @abstractmethod
    def put_blob(self, content: Iterable[bytes]) -> BlobId:
        """Take in bytes that a later command names, such as a file of questions."""

    @abstractmethod
    def open_blob(self, blob: BlobId) -> Iterator[bytes]:
        """The bytes that an earlier request made, piece by piece."""
