"""Generates answers and captures activations in shards; each shard is written atomically.

A shard has a file of answers and, for each site, files of activations. The answers are written
last, so a shard with answers is complete. Finished shards are not computed again.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float

from model_backend.answering.finding import ExactAnswerFinder
from model_backend.answering.judging.rules import NO_RULES, LabelRules
from model_backend.api.datasets import DatasetQuestion
from model_backend.api.maps.sites import Site
from model_backend.api.questions import FoundBy, Verdict
from model_backend.api.study_requests import StudyRequest
from model_backend.models.loaded import LoadedModel
from model_backend.probing.atomic_files import read_json, write_array, write_json
from model_backend.probing.storage.plan import read_question
from model_backend.probing.studies.answers.asking import AskedQuestion, ask_batch
from model_backend.probing.studies.answers.baselines import (
    BASELINES,
    answer_baselines,
    ask_for_truth,
)
from model_backend.probing.studies.answers.features import (
    CapturedActivations,
    Features,
    capture_activations,
)
from model_backend.probing.studies.answers.turns import exclusive_model

SHARD = 128
"""Questions per shard; they are answered in one batch if memory allows."""

PASS = 32
"""Answers per forward pass that captures activations, of similar length to save padding."""

RANDOM = "random"
"""Used in place of a site's name, for activations of the model with random weights."""

_drawing = threading.Lock()
"""Held while weights are drawn from the one generator of the process."""


@dataclass(frozen=True, eq=False)
class Shards:
    """Paths and contents of the shards of one study."""

    folder: Path
    n_questions: int

    def __len__(self) -> int:
        return -(-self.n_questions // SHARD)

    def answers(self, number: int) -> Path:
        """Path of the answers of a shard."""
        return self.folder / f"{number:05}.json"

    def features(self, number: int, site: str) -> Path:
        """Path of the activations of a shard at a site."""
        return self.folder / f"{number:05}-{site}.npy"

    def scale(self, number: int, site: str) -> Path:
        """Path of the scales of a shard's activations, one per row."""
        return self.folder / f"{number:05}-{site}-scale.npy"

    def has(self, number: int) -> bool:
        """True if a shard is complete."""
        return self.answers(number).exists()

    def rows(self, number: int) -> Path:
        """Path of the numbers of a shard's rows in the data set's file."""
        return self.folder / f"{number:05}-rows.npy"

    def files(self, sites: Sequence[str]) -> list[Path]:
        """Paths of all activations and scales at some sites, and of the numbers of their rows."""
        numbers = range(len(self))
        each = ((self.features(n, site), self.scale(n, site)) for site in sites for n in numbers)
        rows = [self.rows(n) for n in numbers if self.rows(n).exists()]
        return [*(path for pair in each for path in pair), *rows]

    def write_features(self, number: int, site: str, features: Features) -> None:
        """Write the activations of a shard at a site, and their scales."""
        write_array(self.scale(number, site), features.scale)
        write_array(self.features(number, site), features.values)

    def asked(self) -> list[AskedQuestion]:
        """Read all answers of a study, in the order of its questions."""
        return [_read_answer(entry) for shard in self._read() for entry in shard["asked"]]

    def baselines(self) -> Float[np.ndarray, "example baseline"]:
        """Read the baselines of all answers."""
        rows = [row for shard in self._read() for row in shard["baselines"]]
        return np.array(rows, dtype=np.float64)

    def row(
        self, site: str, row: int, kept: Bool[np.ndarray, " example"]
    ) -> Iterator[Float[np.ndarray, "example hidden"]]:
        """Yield the activations of one row at each position in turn, for the kept examples.

        Only the bytes of that row and position are read, and files are closed between positions,
        because mapped pages count as memory of this process. The values are float32, which holds a
        float16 times a power of two exactly.
        """
        numbers = range(len(self))
        which = np.split(kept, [n * SHARD for n in numbers[1:]])
        scales = [np.float32(np.load(self.scale(n, site))[row]) for n in numbers]
        for position in range(self._mapped(0, site).shape[1]):
            yield np.concatenate(
                [
                    self._mapped(n, site)[row, position][which[n]].astype(np.float32) * scales[n]
                    for n in numbers
                ]
            )

    def _mapped(self, number: int, site: str) -> Float[np.ndarray, "row position example hidden"]:
        return np.load(self.features(number, site), mmap_mode="r")

    def _read(self) -> Iterator[Any]:
        for number in range(len(self)):
            yield read_json(self.answers(number))


def make_shard(
    shards: Shards,
    number: int,
    questions: Sequence[DatasetQuestion],
    loaded: LoadedModel,
    *,
    request: StudyRequest,
    finder: ExactAnswerFinder,
    check: Callable[[], None],
    rules: LabelRules = NO_RULES,
) -> None:
    """Answer a shard's questions, capture their activations and baselines, and write them.

    Args:
        finder: finds the exact answers.
        check: called after every token; an exception from it ends the shard.
        rules: the data set's rules for labels.
    """
    with exclusive_model(loaded) as yield_turn:

        def after_token() -> None:
            check()
            yield_turn()

        asked = ask_batch(
            loaded,
            questions,
            max_new_tokens=request.max_new_tokens,
            finder=finder,
            after_token=after_token,
            rules=rules,
        )
        features, baselines = _capture_shard(asked, loaded, request.probed, after_token)
        if request.ask_for_truth:
            for part in batch_by_length(asked):
                after_token()
                part = [n for n in part if not asked[n].dropped]
                baselines[part, -1] = ask_for_truth(loaded, [asked[n] for n in part])
    for site, kept in features.items():  # without the lock: a disk may be slow
        shards.write_features(number, site, kept)
    write_array(shards.rows(number), np.array([one.row for one in questions], dtype=np.int32))
    content = {"asked": [asdict(each) for each in asked], "baselines": baselines.tolist()}
    write_json(shards.answers(number), content)


def capture_random_activations(
    shards: Shards,
    number: int,
    asked: Sequence[AskedQuestion],
    loaded: LoadedModel,
    model: Any,
    *,
    check: Callable[[], None],
) -> None:
    """Run the model with random weights over a shard's tokens and write its activations.

    Args:
        loaded: the studied model, whose lock is held.
        model: the model with random weights.
        check: called between forward passes; an exception from it ends the shard.
    """
    passes, parts = batch_by_length(asked), []
    with exclusive_model(loaded, model) as yield_turn:
        for part in passes:
            check()
            yield_turn()
            captured = _capture_batch(model, asked, part, (Site.RESID_POST,))
            parts.append(captured.features[Site.RESID_POST])
    features = _join_batches(parts, passes)
    shards.write_features(number, RANDOM, features)


def random_model(loaded: LoadedModel, seed: int) -> Any:
    """Build a model of the same shape with random weights from its family's initialisation."""
    with _drawing, torch.random.fork_rng():
        torch.manual_seed(seed)
        model = type(loaded.model)(loaded.model.config)
        return model.to(dtype=loaded.model.dtype, device=loaded.model.device).eval()


def _capture_shard(
    asked: Sequence[AskedQuestion],
    loaded: LoadedModel,
    sites: Sequence[Site],
    after_token: Callable[[], None],
) -> tuple[dict[Site, Features], np.ndarray]:
    """The activations at each site, and the baselines."""
    passes, parts = batch_by_length(asked), []
    baselines = np.empty((len(asked), len(BASELINES)), dtype=np.float32)
    for part in passes:
        after_token()
        captured = _capture_batch(loaded.model, asked, part, sites)
        parts.append(captured.features)
        baselines[part] = answer_baselines(loaded, [asked[n] for n in part], captured)
    features = {site: _join_batches([part[site] for part in parts], passes) for site in sites}
    return features, baselines


def batch_by_length(asked: Sequence[AskedQuestion]) -> list[list[int]]:
    """Group the indices of answers of similar length into forward passes of at most ``PASS``."""
    numbers = sorted(range(len(asked)), key=lambda number: len(asked[number].token_ids))
    return [numbers[start : start + PASS] for start in range(0, len(numbers), PASS)]


def _capture_batch(
    model: Any, asked: Sequence[AskedQuestion], part: Sequence[int], sites: Sequence[Site]
) -> CapturedActivations:
    # A question that was too long has no tokens and no positions.
    ids = [asked[n].token_ids or (0,) for n in part]
    return capture_activations(model, ids, np.array([asked[n].indices for n in part]), sites)


def _join_batches(parts: Sequence[Features], passes: Sequence[Sequence[int]]) -> Features:
    """Join the features of several passes on a common scale, in the order of the answers."""
    scale = np.max([part.scale for part in parts], axis=0)
    values = [
        part.values * (part.scale / scale).astype(np.float16)[:, None, None, None] for part in parts
    ]
    back = np.argsort(np.concatenate(passes))
    return Features(np.concatenate(values, axis=2)[:, :, back], scale)


def _read_answer(entry: dict[str, Any]) -> AskedQuestion:
    exact = entry["exact_range"]
    spans = tuple((start, end) for start, end in entry.get("right_spans", ()))
    known = {
        "question": read_question(entry["question"]),
        "token_ids": tuple(entry["token_ids"]),
        "indices": tuple(entry["indices"]),
        "verdict": Verdict(entry["verdict"]),
        "exact_range": None if exact is None else (exact[0], exact[1]),
        "right_spans": spans,
        "exact_span": None if entry.get("exact_span") is None else tuple(entry["exact_span"]),
        "found_by": FoundBy(entry.get("found_by", FoundBy.RULE)),
    }
    return AskedQuestion(**{**entry, **known})
