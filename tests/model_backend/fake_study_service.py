"""A study service with one finished study of invented numbers; its jobs move when told to."""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from io import BufferedIOBase

import numpy as np

from model_backend import (
    NAMED_POSITIONS,
    Best,
    BlobId,
    CellName,
    ColumnMapping,
    DatasetPreview,
    DatasetQuestion,
    DatasetsRequest,
    DroppedAnswer,
    Estimate,
    ExampleTable,
    ExportStudy,
    Handlers,
    ImportStudy,
    JobId,
    JobsRequest,
    JobState,
    JobStatus,
    ProbeMap,
    ProbeStudy,
    ReadStudy,
    Reference,
    ReferenceKind,
    Site,
    Stage,
    StudiesRequest,
    StudyCard,
    StudyHash,
    StudyId,
    StudyRequest,
    UnknownStudy,
    Upload,
    UploadDataset,
    layer_labels,
)
from model_backend.sharing.blobs import Blobs

BASELINES = ("mean log-probability", "least probability")
PLACES = DatasetPreview(
    dataset="places",
    name="places",
    columns=("question", "answer", "aliases", "group"),
    mapping=ColumnMapping(aliases="aliases", group="group"),
    n_rows=2_500,
    n_usable=2_500,
    n_empty=0,
    n_duplicates=0,
    n_groups=2_500,
    first=(DatasetQuestion("In what country is the city of Bhind?", "India", group="Bhind"),),
    is_builtin=True,
)

DROPPED = tuple(
    DroppedAnswer(f"Where is town {n}?", "India", ("Bharat",), f"I do not know {n}.", "",
                  f"town {n}", "no exact answer was found")
    for n in range(3)
)  # fmt: skip


def make_study(study: StudyId = "20260101-120000-places", n: int = 60, rows: int = 4) -> ProbeStudy:
    """A study whose best cell is row 2 of ``exact_answer_last``; ``-8`` is missing."""
    rng = np.random.default_rng(0)
    shape = (rows, len(NAMED_POSITIONS))
    missing = NAMED_POSITIONS.index("-8")
    best = CellName(Site.RESID_POST, 2, NAMED_POSITIONS.index("exact_answer_last"))
    auc = rng.uniform(0.4, 0.7, shape)
    auc[best.row, best.position] = 0.85
    auc[:, missing] = np.nan
    is_correct = rng.random(n) < 0.6
    scores = np.clip(rng.normal(0.4 + 0.2 * is_correct, 0.15, (*shape, n)), 0.001, 0.999)
    probe_map = ProbeMap(
        site=Site.RESID_POST,
        auc=auc,
        low=auc - 0.05,
        high=auc + 0.05,
        auprc=auc - 0.1,
        shuffled=np.full(shape, 0.5),
        random_model=np.full(shape, 0.52),
        in_best_set=auc > 0.8,
        threshold=np.full(shape[1], 0.62),
        difference=auc - 0.7,
        difference_low=auc - 0.76,
        difference_high=auc - 0.64,
        scores=scores.astype(np.float32),
        penalty=np.full(shape, 0.1),
    )
    naive, nested = Estimate(0.85, 0.8, 0.9), Estimate(0.82, 0.76, 0.88)
    chosen = {"resid_post 2 exact_answer_last": 9, "resid_post 3 exact_answer_last": 1}
    references = (
        Reference(
            BASELINES[1],
            ReferenceKind.BASELINE,
            Estimate(0.7, 0.63, 0.77),
            Estimate(0.15, 0.09, 0.21),
            "The least probability that the model gave to a token of its exact answer.",
        ),
        Reference(
            "answer text",
            ReferenceKind.CONTROL,
            Estimate(0.6, 0.53, 0.67),
            Estimate(0.25, 0.19, 0.31),
            "A probe that sees which tokens the answer has, and no activations.",
        ),
    )
    card = StudyCard(
        study=study,
        model="fake",
        revision="1",
        dataset="places",
        finished="2026-01-01 12:00",
        sites=(Site.RESID_POST,),
        n_right=int(is_correct.sum()),
        n_wrong=int(n - is_correct.sum()),
        dropped={"no exact answer was found": 3},
        n_groups=n,
        best=Best(best, naive, nested, chosen, 0.62, 1, 42),
        seconds=61.5,
        headline=(
            "The best probe beats every baseline.",
            "Its nested AUC is 0.820 [0.760, 0.880].",
        ),
    )
    count = np.full(shape[1], n)
    count[missing] = 0
    wrong = np.full(shape[1], card.n_wrong)
    wrong[missing] = 0
    baseline_auc = rng.uniform(0.5, 0.7, (len(BASELINES), shape[1]))
    baseline_auc[:, missing] = np.nan
    numbers = tuple(str(number) for number in range(n))
    indices = np.tile(np.arange(shape[1]), (n, 1))
    indices[:, missing] = -1
    return ProbeStudy(
        card=card,
        request=StudyRequest("fake", "places"),
        layer_labels=layer_labels(rows - 1),
        positions=NAMED_POSITIONS,
        maps={Site.RESID_POST: probe_map},
        n=count,
        n_wrong=wrong,
        n_groups=count,
        baseline_names=BASELINES,
        baseline_auc=baseline_auc,
        references=references,
        examples=ExampleTable(
            question=tuple(f"Where is city {number}?" for number in numbers),
            right_answer=("India",) * n,
            aliases=(("Bharat", "Hind"),) * n,
            answer=tuple(f"City {number} is in India." for number in numbers),
            exact_answer=("India",) * n,
            group=numbers,
            is_correct=is_correct,
            baselines=rng.random((n, len(BASELINES))),
            indices=indices,
        ),
        provenance={"model revision": "1", "dtype": "float32", "seed": "0"},
        dropped=DROPPED,
    )


class FakeStudyService:
    """Studies in memory: ``finish`` and ``move`` do what a running study would."""

    def __init__(self) -> None:
        study = make_study()
        self._studies: dict[StudyId, ProbeStudy] = {study.card.study: study}
        self._jobs: dict[JobId, JobStatus] = {}
        self._datasets = [PLACES]

    def handlers(self, blobs: Blobs) -> Handlers:
        """The requests that this class answers."""

        def upload(request: UploadDataset) -> DatasetPreview:
            content = b"".join(blobs.open(request.blob))
            return self.upload(Upload(request.filename, content, request.mapping))

        def bring_in(request: ImportStudy) -> StudyCard:
            with blobs.taking(request.blob) as file:
                return self.import_study(file)

        def export(request: ExportStudy) -> BlobId:
            self.study(request.study)
            return blobs.offer(lambda: self.export_study(request.study))

        return (
            Handlers()
            .on(DatasetsRequest, lambda _: self.datasets())
            .on(JobsRequest, lambda _: self.jobs())
            .on(StudiesRequest, lambda _: self.studies())
            .on(ReadStudy, lambda request: self.study(request.study))
            .on(StudyHash, lambda request: self.study(request.study).card.study)
            .on(UploadDataset, upload)
            .on(ImportStudy, bring_in)
            .on(ExportStudy, export)
        )

    def move(self, job: JobId, stage: Stage, done: int, total: int) -> None:
        """Let a job come this far."""
        self._jobs[job] = replace(
            self._jobs[job],
            state=JobState.RUNNING,
            stage=stage,
            done=done,
            total=total,
            unit="questions",
            rate=10.0,
            seconds_left=(total - done) / 10,
        )

    def finish(self, job: JobId) -> None:
        """Let a job end well; its study has the job's id."""
        self._jobs[job] = replace(
            self._jobs[job], state=JobState.DONE, stage=Stage.FINISHED, seconds_left=0.0
        )
        self._studies[job] = make_study(job)

    def datasets(self) -> tuple[DatasetPreview, ...]:
        return tuple(self._datasets)

    def upload(self, upload: Upload) -> DatasetPreview:
        if not upload.content:
            problem = (f"{upload.filename} is empty.",)
            return DatasetPreview(
                "", upload.filename, (), ColumnMapping(), 0, 0, 0, 0, 0, (), problem
            )
        preview = replace(PLACES, dataset="upload", name=upload.filename, is_builtin=False)
        self._datasets.append(preview)
        return preview

    def start_study(self, request: StudyRequest) -> JobId:
        job = f"job-{len(self._jobs) + 1}"
        self._jobs[job] = JobStatus(job, request)
        return job

    def jobs(self) -> tuple[JobStatus, ...]:
        return tuple(reversed(self._jobs.values()))

    def job(self, job: JobId) -> JobStatus:
        if job not in self._jobs:
            raise UnknownStudy(f"There is no job {job!r} here.")
        return self._jobs[job]

    def cancel(self, job: JobId) -> None:
        if not self.job(job).is_over:
            self._jobs[job] = replace(self._jobs[job], state=JobState.CANCELLED)

    def studies(self) -> tuple[StudyCard, ...]:
        return tuple(study.card for study in reversed(self._studies.values()))

    def study(self, study: StudyId) -> ProbeStudy:
        if study not in self._studies:
            raise UnknownStudy(f"There is no study {study!r} here.")
        return self._studies[study]

    def export_study(self, study: StudyId) -> Iterator[bytes]:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as file:
            file.writestr("study.json", self.study(study).card.study)
        yield content.getvalue()

    def import_study(self, content: BufferedIOBase) -> StudyCard:
        with zipfile.ZipFile(content) as file:
            study = make_study(file.read("study.json").decode() + "-imported")
        self._studies[study.card.study] = study
        return study.card
