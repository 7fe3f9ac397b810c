"""READ FIRST: every question that can be asked of a backend, one short method for each.

All of them go through the eight methods of ``Door``. A new kind of question is a request class
beside its result, a function registered in ``Handlers`` and, for notebooks, three lines here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Protocol, TypeVar, runtime_checkable

from model_backend.api.cell_detail import Attribution, AttributionRequest, CellDetail
from model_backend.api.clients import (
    Counts,
    CountsRequest,
    InProgress,
    LeaveQueue,
    PlaceInQueue,
    ProgressRequest,
    Waiting,
)
from model_backend.api.datasets import DatasetPreview, Upload
from model_backend.api.door import (
    BlobId,
    CancelLoad,
    Door,
    JobId,
    JobStatus,
    ModelCard,
    TokenChoice,
    TokenChoices,
    VocabularyRequest,
)
from model_backend.api.inspections import (
    CellRequest,
    HoldsMap,
    Inspection,
    InspectRequest,
    ModelInstead,
    OpenedMap,
    OpenMap,
    SavedMapRequest,
    SavedView,
    TokenCount,
)
from model_backend.api.maps.grid import LayerTokenGrid, SavedMap
from model_backend.api.patching import PatchMap, PatchRequest
from model_backend.api.questions import (
    Answer,
    AnswerProgress,
    Generated,
    GenerateRequest,
    QuestionRequest,
)
from model_backend.api.requests import Request
from model_backend.api.study_requests import (
    DatasetsRequest,
    DeleteStudy,
    ExportStudy,
    JobsRequest,
    ProbeScoreRequest,
    RenameStudy,
    RestoreStudy,
    StudyId,
    StudyRequest,
    UploadDataset,
)
from model_backend.api.study_results import (
    ImportStudy,
    ProbeStudy,
    ReadStudy,
    StudiesRequest,
    StudyCard,
)
from model_backend.api.workers import WorkerRecord, WorkersRequest

R = TypeVar("R")
CHUNK = 2**20
"""Bytes of a file that are handed on at a time."""


@runtime_checkable
class Readable(Protocol):
    """A file or a stream, from which bytes are read in pieces."""

    def read(self, size: int = -1, /) -> bytes: ...


class Backend(Door):
    """The door, and the short ways through it."""

    def inspect(self, request: InspectRequest) -> Inspection:
        """Run the model over a text and measure every cell."""
        return self.ask(request)

    def token_count(self, request: InspectRequest) -> int:
        """The number of tokens of a text, once its model is loaded; refused if it is too long."""
        text = (request.text, request.special_tokens, request.token_ids)
        return self.ask(TokenCount(request.model, *text))

    def cell(self, request: CellRequest) -> CellDetail:
        """Open one cell of an inspection."""
        return self.ask(request)

    def probe_scores(self, request: ProbeScoreRequest) -> LayerTokenGrid:
        """P(correct) of every layer and column of a text, by the probes of a finished study."""
        return self.ask(request)

    def vocabulary(self, model: str) -> tuple[str, ...]:
        """The text of every token id on its own, in order of id."""
        return self.ask(VocabularyRequest(model))

    def token_choices(self, model: str, text: str) -> tuple[TokenChoice, ...]:
        """Tokens that a typed text may mean: with a space before it, and without."""
        return self.ask(TokenChoices(model, text))

    def attribution(self, request: AttributionRequest) -> Attribution:
        """Split a logit difference of two tokens into what every layer wrote for it."""
        return self.ask(request)

    def cancel_load(self, model: str) -> None:
        """Call off the loading of a model, if it is loading; those who wait get an error."""
        self.ask(CancelLoad(model))

    def patch(self, request: PatchRequest) -> PatchMap:
        """Patch every cell of a text, and wait for the whole map."""
        return self.ask(request)

    def generate(self, request: QuestionRequest) -> Generated:
        """Have a model answer, and wait for the whole answer."""
        return self.ask(GenerateRequest(request))

    def answer(self, request: QuestionRequest) -> Answer:
        """Read an answer, generated first if its tokens are not in the request."""
        if request.answer_ids is None:
            request = replace(request, answer_ids=self.generate(request).token_ids.tolist())
        return self.ask(request)

    def start_answer(self, request: QuestionRequest) -> JobId:
        """Have a model begin to answer; returns at once. Ends by itself if nobody follows it."""
        return self.start(GenerateRequest(request))

    def answer_progress(self, answer: JobId) -> AnswerProgress:
        """Progress of an answer."""
        return AnswerProgress.of(self.watch(answer))

    def stop_answer(self, answer: JobId) -> None:
        """End an answer where it is; one that has ended stays as it is."""
        self.cancel(answer)

    def open_file(self, content: bytes) -> InspectRequest | OpenedMap:
        """Keep what was saved to a file; the result is how to ask for it."""
        return self.ask(OpenMap(self.put_blob([content])))

    def saved_map(self, name: str) -> SavedMap:
        """A single map that was opened from a file, by the name that opening gave it."""
        return self.ask(SavedMapRequest(name))

    def holds(self, model: str) -> bool:
        """True if ``model`` names a map that was opened from a file and is still kept."""
        return self.ask(HoldsMap(model))

    def saved_view(self, model: str) -> Mapping[str, str]:
        """Choices under which an opened map was saved, such as its measure and scale."""
        return self.ask(SavedView(model))

    def instead(self, request: InspectRequest) -> str | None:
        """The name of a model that can read a text which the file of ``request`` does not hold;
        None if the file does.
        """
        return self.ask(ModelInstead(request))

    def datasets(self) -> tuple[DatasetPreview, ...]:
        """The data sets that can be studied: the built-in ones first, then what was uploaded."""
        return self.ask(DatasetsRequest())

    def upload(self, upload: Upload) -> DatasetPreview:
        """Look at a file, and keep it if it can be used; nothing runs."""
        blob = self.put_blob([upload.content])
        return self.ask(UploadDataset(upload.filename, blob, upload.mapping))

    def start_study(self, request: StudyRequest) -> JobId:
        """Put a study into the queue; returns at once. Equal unfinished requests are one job."""
        return self.start(request)

    def jobs(self) -> tuple[JobStatus[StudyRequest], ...]:
        """The studies that wait, run or have lately ended, the newest first."""
        return self.ask(JobsRequest())

    def job(self, job: JobId) -> JobStatus[Any]:
        """Progress of one study, also after the page or the server was restarted."""
        return self.watch(job)

    def studies(self) -> tuple[StudyCard, ...]:
        """The finished studies, the newest first."""
        return self.ask(StudiesRequest())

    def study(self, study: StudyId) -> ProbeStudy:
        """A finished study with all its numbers."""
        return self.ask(ReadStudy(study))

    def export_study(self, study: StudyId) -> Iterator[bytes]:
        """A study's folder as the bytes of one zip file, with a checksum of every file in it."""
        return self.open_blob(self.ask(ExportStudy(study)))

    def import_study(self, content: Readable) -> StudyCard:
        """Take in what ``export_study`` gave, if nothing in it was changed."""
        blob = self.put_blob(iter(lambda: content.read(CHUNK), b""))
        return self.ask(ImportStudy(blob))

    def rename_study(self, study: StudyId, name: str) -> None:
        """Name a finished study; an empty name gives it its first one again."""
        self.ask(RenameStudy(study, name))

    def delete_study(self, study: StudyId) -> None:
        """Delete a finished study; for ten minutes it can be restored."""
        self.ask(DeleteStudy(study))

    def restore_study(self, study: StudyId) -> None:
        """Restore a study that was deleted less than ten minutes ago."""
        self.ask(RestoreStudy(study))

    def waiting(self) -> Waiting | None:
        """Place of the calling page in the queue; None if it waits for no turn."""
        return self.ask(PlaceInQueue())

    def in_progress(self) -> InProgress | None:
        """Progress of what is computed for the page that asks; None if nothing is."""
        return self.ask(ProgressRequest())

    def give_up(self) -> None:
        """The page that asks closes or gives up: drop what only it waits for."""
        self.ask(LeaveQueue())

    def workers(self) -> tuple[WorkerRecord, ...]:
        """The workers that are alive; none where this process runs the models itself."""
        return self.ask(WorkersRequest())

    def counts(self) -> Counts:
        """Counts since the start."""
        return self.ask(CountsRequest())


class Wrapper(Backend):
    """A backend that hands everything on to another one; what it does itself, a subclass says."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def models(self) -> tuple[ModelCard, ...]:
        return self._backend.models()

    def load(self, model: str) -> None:
        self._backend.load(model)

    def ask(self, request: Request[R]) -> R:
        return self._backend.ask(request)

    def start(self, request: Request[Any]) -> JobId:
        return self._backend.start(request)

    def watch(self, job: JobId) -> JobStatus[Any]:
        return self._backend.watch(job)

    def cancel(self, job: JobId) -> None:
        self._backend.cancel(job)

    def put_blob(self, content: Iterable[bytes]) -> BlobId:
        return self._backend.put_blob(content)

    def open_blob(self, blob: BlobId) -> Iterator[bytes]:
        return self._backend.open_blob(blob)
