"""Files written today have all names of earlier files; more may be added."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import load_file

from tests.saved_formats.conftest import SAVED, TINY_STUDY
from tests.saved_formats.test_unfinished import FITTING
from tests.saved_formats.today import studies as today
from tests.saved_formats.today.page import open_backend

FREE = ("card.dropped", "card.best.chosen", "provenance")
"""Objects whose keys vary between studies."""


def keys(value: Any, place: str = "") -> Iterator[str]:
    """Yield the path of every value in a JSON object; entries of a list share one path."""
    if isinstance(value, dict) and place not in FREE:
        for key, held in value.items():
            yield from keys(held, f"{place}.{key}".strip("."))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from keys(value[0], place)
    else:
        yield place


def names_in(folder: Path) -> set[str]:
    """Names of a study's files, and of the keys and arrays in them."""
    found = {path.name for path in folder.iterdir() if path.is_file()}
    found |= {f"study: {key}" for key in keys(json.loads((folder / "study.json").read_bytes()))}
    for name in ("examples.jsonl", "dropped.jsonl"):
        line = (folder / name).read_bytes().splitlines()[0]
        found |= {f"{name}: {key}" for key in keys(json.loads(line))}
    with np.load(folder / "maps.npz") as maps:
        found |= {f"maps: {name}" for name in maps.files}
    found |= {f"probes: {name}" for name in load_file(folder / "probes.safetensors")}
    return {name for name in found if "mlp_out" not in name}


def test_a_study_and_its_job_are_written_with_the_same_names(
    copy_studies: Callable[..., Path],
) -> None:
    studies = copy_studies(FITTING)
    backend = open_backend(studies, SAVED / "namer")
    assert FITTING in today.jobs(backend) and today.wait(backend, FITTING) == "done"
    assert names_in(studies / TINY_STUDY) - names_in(studies / FITTING) == set()
    saved, written = (
        set(keys(json.loads((studies / "ended" / f"{study}.json").read_bytes())))
        for study in (TINY_STUDY, FITTING)
    )
    assert saved - written == set()
