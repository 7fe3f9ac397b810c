"""The part of a study that asks and listens: a few questions at a time, each shard kept as a whole.

A shard is one file of answers and one of activations for each site; the answers are written last,
so a shard that has them has all. Shards that are there already are not made again.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float

from model_backend.api.questions import Verdict
from model_backend.api.sites import Site
from model_backend.api.study_requests import DatasetQuestion, StudyRequest
from model_backend.models.loaded import LoadedModel
from model_backend.probing.atomic_files import read_json, write_array, write_json
from model_backend.probing.studies.asking import Asked, ask_batch
from model_backend.probing.studies.baselines import BASELINES, answer_baselines, ask_for_truth
from model_backend.probing.studies.features import Captured, Features, capture

SHARD = 128
"""Questions that are asked side by side, where memory allows it."""

PASS = 32
"""Answers in one forward pass that listens: of about equal length, so that little is padding."""

RANDOM = "random"
"""Where a site's name would stand, for the activations of the model with random weights."""


@dataclass(frozen=True, eq=False)
class Shards:
    """The shards of one study, in a folder."""

    folder: Path
    n_questions: int

    def __len__(self) -> int:
        return -(-self.n_questions // SHARD)

    def answers(self, number: int) -> Path:
        return self.folder / f"{number:05}.json"

    def features(self, number: int, site: str) -> Path:
        return self.folder / f"{number:05}-{site}.npy"

    def scale(self, number: int, site: str) -> Path:
        return self.folder / f"{number:05}-{site}-scale.npy"

    def has(self, number: int) -> bool:
        return self.answers(number).exists()

    def files(self, sites: Sequence[str]) -> list[Path]:
        """The files of the activations at some sites."""
        numbers = range(len(self))
        each = ((self.features(n, site), self.scale(n, site)) for site in sites for n in numbers)
        return [path for pair in each for path in pair]

    def write_features(self, number: int, site: str, features: Features) -> None:
        write_array(self.scale(number, site), features.scale)
        write_array(self.features(number, site), features.values)

    def asked(self) -> list[Asked]:
        """Every answer, in order."""
        return [_read_asked(entry) for shard in self._read() for entry in shard["asked"]]

    def baselines(self) -> Float[np.ndarray, "example baseline"]:
        rows = [row for shard in self._read() for row in shard["baselines"]]
        return np.array(rows, dtype=np.float64)

    def row(
        self, site: str, row: int, kept: Bool[np.ndarray, " example"]
    ) -> Iterator[Float[np.ndarray, "example hidden"]]:
        """The activations of one row at each position in turn, for the examples that are kept.

        Only the bytes of that row and position are read from the disk, and a file is let go of
        between two positions: what was read of it would count as this process's memory. In
        float32, which holds a float16 times a power of two exactly.
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
    pattern: re.Pattern[str] | None,
    check: Callable[[], None],
) -> None:
    """Ask, judge, listen and write; ``check`` may raise at any token."""
    with holding(loaded) as let_others:

        def between() -> None:
            check()
            let_others()

        asked = ask_batch(
            loaded,
            questions,
            max_new_tokens=request.max_new_tokens,
            pattern=pattern,
            between=between,
        )
        baselines = _listen(shards, number, asked, loaded, request.probed, between)
        if request.ask_for_truth:
            for part in in_passes(asked):
                between()
                part = [n for n in part if not asked[n].dropped]
                baselines[part, -1] = ask_for_truth(loaded, [asked[n] for n in part])
    content = {"asked": [asdict(each) for each in asked], "baselines": baselines.tolist()}
    write_json(shards.answers(number), content)


def listen_again(
    shards: Shards,
    number: int,
    asked: Sequence[Asked],
    loaded: LoadedModel,
    model: Any,
    *,
    check: Callable[[], None],
) -> None:
    """Run another model of the same shape over the same tokens, and keep what it does.

    ``check`` may raise between two passes.
    """
    passes, parts = in_passes(asked), []
    with holding(loaded) as let_others:
        for part in passes:
            check()
            let_others()
            captured = _capture(model, asked, part, (Site.RESID_POST,))
            parts.append(captured.features[Site.RESID_POST])
    features = _joined(parts, passes)
    shards.write_features(number, RANDOM, features)


@contextmanager
def holding(loaded: LoadedModel) -> Iterator[Callable[[], None]]:
    """Keep the model to oneself; what is yielded lets whoever waits for it have a turn."""
    lock = loaded.running

    def let_others() -> None:
        lock.__exit__(None, None, None)
        lock.__enter__()

    with lock:
        yield let_others


def random_model(loaded: LoadedModel, seed: int) -> Any:
    """A model of the same shape with new random weights, drawn as its family draws them."""
    with holding(loaded), torch.random.fork_rng():
        torch.manual_seed(seed)
        model = type(loaded.model)(loaded.model.config)
        return model.to(dtype=loaded.model.dtype, device=loaded.model.device).eval()


def _listen(
    shards: Shards,
    number: int,
    asked: Sequence[Asked],
    loaded: LoadedModel,
    sites: Sequence[Site],
    between: Callable[[], None],
) -> np.ndarray:
    passes, parts = in_passes(asked), []
    baselines = np.empty((len(asked), len(BASELINES)), dtype=np.float32)
    for part in passes:
        between()
        captured = _capture(loaded.model, asked, part, sites)
        parts.append(captured.features)
        baselines[part] = answer_baselines(loaded, [asked[n] for n in part], captured)
    for site in sites:
        shards.write_features(number, site, _joined([part[site] for part in parts], passes))
    return baselines


def in_passes(asked: Sequence[Asked]) -> list[list[int]]:
    """Which answers go together, by their numbers: those that are about equally long."""
    numbers = sorted(range(len(asked)), key=lambda number: len(asked[number].token_ids))
    return [numbers[start : start + PASS] for start in range(0, len(numbers), PASS)]


def _capture(
    model: Any, asked: Sequence[Asked], part: Sequence[int], sites: Sequence[Site]
) -> Captured:
    # A question that did not fit has no tokens, and no position that would be read.
    ids = [asked[n].token_ids or (0,) for n in part]
    return capture(model, ids, np.array([asked[n].indices for n in part]), sites)


def _joined(parts: Sequence[Features], passes: Sequence[Sequence[int]]) -> Features:
    """Features of several passes on one scale, in the order of the answers."""
    scale = np.max([part.scale for part in parts], axis=0)
    values = [
        part.values * (part.scale / scale).astype(np.float16)[:, None, None, None] for part in parts
    ]
    back = np.argsort(np.concatenate(passes))
    return Features(np.concatenate(values, axis=2)[:, :, back], scale)


def _read_asked(entry: dict[str, Any]) -> Asked:
    question = entry["question"]
    question["aliases"] = tuple(question["aliases"])
    exact = entry["exact_range"]
    known = {
        "question": DatasetQuestion(**question),
        "token_ids": tuple(entry["token_ids"]),
        "indices": tuple(entry["indices"]),
        "verdict": Verdict(entry["verdict"]),
        "exact_range": None if exact is None else (exact[0], exact[1]),
    }
    return Asked(**{**entry, **known})
