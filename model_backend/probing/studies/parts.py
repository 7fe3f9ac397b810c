"""The parts of one study: which are done, and how to compute the others.

The folder of an unfinished study holds the plan, the shards and the fitted rows. A part is done
when its file is there, which is written atomically and last. So several processes may compute parts
of one study, and a killed study continues where it stopped.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from model_backend.answering.exact_answers import BUILTIN_PATTERN
from model_backend.answering.finding import ExactAnswerFinder, make_extractor
from model_backend.answering.worked_examples import own_worked_examples, read_worked_examples
from model_backend.api.errors import BadRequest
from model_backend.api.questions import Verdict
from model_backend.api.study_requests import FEWEST_OF_A_CLASS, StudyRequest
from model_backend.models.catalogue import BUILTIN
from model_backend.models.loaded import LoadedModel
from model_backend.probing.statistics.cell_fits import Design
from model_backend.probing.statistics.folds import draw_folds, group_numbers, shuffle_labels
from model_backend.probing.statistics.row_fits import FittedRow, fit_row, read_row, write_row
from model_backend.probing.storage.plan import Plan, read_plan
from model_backend.probing.studies.answers.asking import AskedQuestion
from model_backend.probing.studies.answers.examples import presence
from model_backend.probing.studies.shards import (
    RANDOM,
    SHARD,
    Shards,
    capture_random_activations,
    make_shard,
    random_model,
)

SHARDS, FITS = f"shards-of-{SHARD}", f"fits-of-shards-of-{SHARD}"
"""Subfolders of an unfinished study; their names tell shards of different sizes apart."""

Step = Callable[[int], None]
"""Called as a part advances, with the number of its units that are done, if it counts them; an
exception from it ends the part."""


class PartKind(StrEnum):
    """Kinds of parts, in the order in which they can be computed."""

    ANSWERS = "answers"
    """The answers of a shard and their activations."""
    ROW = "row"
    """The probes of one row at one site."""
    RANDOM = "random"
    """The activations of a shard in the model with random weights."""


@dataclass(frozen=True)
class Part:
    """A part of a study, which one process computes and writes at once."""

    kind: PartKind
    number: int
    """Number of the shard, or of the row."""
    site: str = ""

    @property
    def name(self) -> str:
        """A name for files, which no other part of the study has."""
        return "-".join(filter(None, (self.kind, self.site, f"{self.number:05}")))


class StudyParts:
    """The parts of the study in one folder, for a process that has its model."""

    def __init__(self, folder: Path, loaded: LoadedModel) -> None:
        self.plan: Plan = read_plan(folder)
        self._folder, self._loaded = folder, loaded
        for name in (SHARDS, FITS):
            (folder / name).mkdir(exist_ok=True)
        self.shards = Shards(folder / SHARDS, len(self.plan.questions))

    def phases(self) -> Iterator[list[Part]]:
        """Parts that can be computed in any order; each list when those before it are done."""
        yield self.answers()
        yield [part for site in self.plan.request.probed for part in self.rows(site)]
        if self.plan.request.random_model:
            yield self.random_shards()
            yield self.rows(RANDOM)

    def answers(self) -> list[Part]:
        """Parts that answer the questions."""
        return [Part(PartKind.ANSWERS, number) for number in range(len(self.shards))]

    def random_shards(self) -> list[Part]:
        """Parts that run the model with random weights."""
        return [Part(PartKind.RANDOM, number) for number in range(len(self.shards))]

    def rows(self, site: str) -> list[Part]:
        """Parts that fit probes; the activations of the site must be there."""
        n_rows = len(np.load(self.shards.scale(0, site)))
        return [Part(PartKind.ROW, row, site) for row in range(n_rows)]

    def is_done(self, part: Part) -> bool:
        """True if the part's last file is there."""
        if part.kind is PartKind.ANSWERS:
            return self.shards.has(part.number)
        if part.kind is PartKind.RANDOM:
            return self.shards.features(part.number, RANDOM).exists()
        return self._fit(part).exists()

    def questions(self, part: Part) -> int:
        """Number of questions of a shard."""
        return min(SHARD, len(self.plan.questions) - part.number * SHARD)

    def compute(self, part: Part, step: Step) -> None:
        """Compute a part and write it."""
        if part.kind is PartKind.ANSWERS:
            self._answer(part, lambda: step(0))
        elif part.kind is PartKind.RANDOM:
            self._run_random_model(part, lambda: step(0))
        else:
            self._fit_row(part, step)

    def fitted(self, site: str) -> list[FittedRow]:
        """Read the rows of a site, which are done."""
        return [read_row(self._fit(part)) for part in self.rows(site)]

    @cached_property
    def asked(self) -> list[AskedQuestion]:
        """All answers, in the order of the questions; all shards must be done.

        Raises:
            BadRequest: not one of them can be used.
        """
        asked = self.shards.asked()
        _check_any_left(asked)
        return asked

    @cached_property
    def used(self) -> list[AskedQuestion]:
        """The answers that can be used."""
        return [each for each in self.asked if not each.dropped]

    @cached_property
    def kept(self) -> np.ndarray:
        """True for each answer that can be used."""
        return np.array([not each.dropped for each in self.asked], dtype=bool)

    @cached_property
    def design(self) -> Design:
        """Folds and shuffled labels."""
        return make_design(self.plan.request, self.used)

    def _answer(self, part: Part, check: Callable[[], None]) -> None:
        first = part.number * SHARD
        make_shard(
            self.shards,
            part.number,
            self.plan.questions[first : first + SHARD],
            self._loaded,
            request=self.plan.request,
            finder=self._finder,
            check=check,
            rules=self.plan.rules,
        )

    def _run_random_model(self, part: Part, check: Callable[[], None]) -> None:
        some = self.asked[part.number * SHARD : (part.number + 1) * SHARD]
        made = (self._loaded, self._random_model)
        capture_random_activations(self.shards, part.number, some, *made, check=check)

    def _fit_row(self, part: Part, step: Step) -> None:
        design = self.design
        if part.site == RANDOM:
            design = replace(design, folds=design.folds[:1], shuffled=design.shuffled[:0])
        step(0)
        activations = self.shards.row(part.site, part.number, self.kept)
        row = fit_row(activations, presence(self.used), design, advance=step)
        write_row(self._fit(part), row)

    def _fit(self, part: Part) -> Path:
        return self._folder / FITS / f"{part.site}-{part.number:03}.npz"

    @cached_property
    def _random_model(self) -> Any:
        return random_model(self._loaded, self.plan.request.seed)

    @cached_property
    def _finder(self) -> ExactAnswerFinder:
        if self.plan.is_builtin and self._loaded.card.name == BUILTIN.name:
            return ExactAnswerFinder(pattern=BUILTIN_PATTERN)
        text = self.plan.request.worked_examples
        examples = read_worked_examples(text) if text else own_worked_examples()
        return ExactAnswerFinder(make_extractor(self._loaded, examples))


def make_design(request: StudyRequest, asked: Sequence[AskedQuestion]) -> Design:
    """Draw folds and shuffled labels for the usable answers, with the seed of the request.

    Raises:
        BadRequest: there are too few right or too few wrong answers.
    """
    is_correct = np.array([each.verdict is Verdict.RIGHT for each in asked], dtype=bool)
    groups = group_numbers([each.question.group for each in asked])
    for count, name in ((is_correct.sum(), "right"), ((~is_correct).sum(), "wrong")):
        if count < FEWEST_OF_A_CLASS:
            raise BadRequest(
                f"A study needs {FEWEST_OF_A_CLASS} {name} answers at least and has {count}, of "
                f"{len(asked):,} that can be judged. Ask more questions, or take a data set with "
                "more of both."
            )
    rng = np.random.default_rng([request.seed, 1])
    folds = [draw_folds(is_correct, groups, request.n_folds, rng) for _ in range(request.n_repeats)]
    shuffled = np.zeros((request.n_permutations, len(asked)), dtype=bool)
    for labels in shuffled:
        labels[:] = shuffle_labels(is_correct, groups, rng)
    return Design(is_correct, groups, np.stack(folds), shuffled, solver=request.solver)


def _check_any_left(asked: Sequence[AskedQuestion]) -> None:
    """Raise with the most frequent reason if not one question can be used."""
    [(reason, count)] = Counter(each.dropped for each in asked).most_common(1)
    if all(each.dropped for each in asked):
        raise BadRequest(
            f"None of the {len(asked):,} questions can be used. The most frequent reason, of "
            f"{count:,}: {reason}. Choose another model or other questions."
        )
