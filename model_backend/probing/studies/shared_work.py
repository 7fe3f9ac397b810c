"""Works through the parts of a study, beside other processes that have its folder and its model.

One process runs the study: it finishes every part and writes the report. Others help: they compute
parts that nobody works on. Each part is claimed first, and what counts is the file that it leaves,
so that a part that was computed twice, after its first owner fell silent, is one part all the same.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from model_backend.api.errors import BackendError
from model_backend.models.loaded import LoadedModel
from model_backend.probing.atomic_files import read_json, write_json
from model_backend.probing.storage.claims import Claims
from model_backend.probing.studies.parts import Part, Step, StudyParts
from model_backend.probing.studies.shard_progress import CountedProgress, ShardProgress

PAUSE = 0.1
"""Seconds between two looks at parts that others work on."""
IDENTITY = "identity.json"
"""File with the identity of the model that the running process studies."""


class _DoneElsewhere(Exception):
    """Another process took a part over and has finished it."""


def finish_parts(
    study: StudyParts,
    parts: Sequence[Part],
    progress: ShardProgress | CountedProgress,
    *,
    units: Callable[[Part], int],
    claims: Claims,
) -> None:
    """Compute parts until all are done, by this process or by another.

    Args:
        units: size of a part, as ``progress`` counts it.
        progress: told how far the parts are; an exception from it ends the work.
    """
    left, done = list(parts), 0
    while left:
        for part in tuple(left):
            if not study.is_done(part):
                progress.begin(done, units(part))
                if not take_part(study, part, claims, progress.step):
                    continue
                progress.end()
            left.remove(part)
            done += units(part)
        if left:
            progress.begin(done, 0)
            time.sleep(PAUSE)


def take_part(study: StudyParts, part: Part, claims: Claims, step: Step) -> bool:
    """Compute a part if no other process works on it; True if it is done."""
    with claims.take(part.name) as claim:
        if claim is None:
            return False

        def renew(done: int) -> None:
            step(done)
            if not claim.renew() and study.is_done(part):
                raise _DoneElsewhere

        if not study.is_done(part):
            try:
                study.compute(part, renew)
            except _DoneElsewhere:
                return True
    return True


def help_with(study: StudyParts, claims: Claims, step: Step) -> bool:
    """Compute one part that nobody works on; False if there is none.

    Raises:
        BackendError, OSError: the part cannot be computed, or the study ended meanwhile.
    """
    for parts in study.phases():
        left = [part for part in parts if not study.is_done(part)]
        for part in reversed(left):  # the process that runs the study begins at the other end
            if not study.is_done(part) and take_part(study, part, claims, step):
                return True
        if left:
            return False
    return False


def write_identity(folder: Path, loaded: LoadedModel) -> None:
    """Say for which model exactly parts are wanted, on which kind of device, by which code."""
    write_json(folder / IDENTITY, loaded.card.identity)


def may_help(folder: Path, loaded: LoadedModel) -> bool:
    """True if parts that this process computes are those that the running process would compute."""
    try:
        wanted: object = read_json(folder / IDENTITY)
    except (OSError, ValueError, BackendError):
        return False
    return wanted == loaded.card.identity
