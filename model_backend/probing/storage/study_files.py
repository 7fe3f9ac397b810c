"""Reads and writes a finished study as a folder: written atomically, never changed, with checksums.

``study.json`` holds texts and small numbers, ``examples.jsonl`` the used answers,
``dropped.jsonl`` the others, ``maps.npz`` all arrays, ``probes.safetensors`` the probes,
``checksums.json`` the SHA-256 of every other file. None of these formats can hold code.
"""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from safetensors.numpy import load_file, save

from model_backend.api.maps.sites import Site
from model_backend.api.study_requests import StudyRequest
from model_backend.api.study_results import (
    ProbeStudy,
    StudyCard,
    no_folds,
)
from model_backend.api.study_tables import ProbeMap
from model_backend.probing.atomic_files import (
    explain_disk_errors,
    read_arrays,
    read_json,
    sync_folder,
    write_array,
    write_arrays,
    write_bytes,
    write_json,
)
from model_backend.probing.statistics.row_fits import FittedRow
from model_backend.probing.storage.answer_files import (
    dropped_lines,
    example_lines,
    read_dropped,
    read_examples,
)
from model_backend.probing.storage.study_cards import card_of, reference_of

SCHEMA = 1
STUDY, EXAMPLES, MAPS = "study.json", "examples.jsonl", "maps.npz"
PROBES, CHECKSUMS, FEATURES = "probes.safetensors", "checksums.json", "features"
DROPPED = "dropped.jsonl"
"""Absent in studies that are older than this file."""
FOLDS = "examples/folds"
"""Absent among the arrays of older studies."""

PENALTIES = "fold_penalties"
"""Absent among the arrays of older studies."""

_COUNTS = ("n", "n_wrong", "n_groups", "baseline_auc")


@dataclass(frozen=True, eq=False)
class Probes:
    """The final probes of one site, fitted on all examples, for raw activations; NaN without a
    probe."""

    weights: Float[np.ndarray, "row position hidden"]
    intercepts: Float[np.ndarray, "row position"]


def write_study(
    folder: Path,
    study: ProbeStudy,
    rows: Mapping[Site, Sequence[FittedRow]],
    features: Sequence[Path] = (),
) -> None:
    """Write a study into a temporary folder, then rename the folder.

    Args:
        rows: the fitted rows of each site, for the probes.
        features: files of activations that are copied into the study.

    Raises:
        NotWritten: the disk is full, or a study of that id exists.
    """
    half = folder.with_name(f".{folder.name}.half")
    shutil.rmtree(half, ignore_errors=True)
    try:
        with explain_disk_errors(folder):
            half.mkdir(parents=True)
            _fill(half, study, rows, features)
            half.rename(folder)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)  # a half-written study must not fill the disk
        raise
    sync_folder(folder.parent)


def _fill(
    half: Path,
    study: ProbeStudy,
    rows: Mapping[Site, Sequence[FittedRow]],
    features: Sequence[Path],
) -> None:
    write_json(half / STUDY, _head(study))
    write_bytes(half / EXAMPLES, example_lines(study.examples))
    write_bytes(half / DROPPED, dropped_lines(study.dropped))
    write_arrays(half / MAPS, _arrays(study))
    write_bytes(half / PROBES, save(_probes(rows)))
    if features:
        (half / FEATURES).mkdir()
    for path in features:
        write_array(half / FEATURES / path.name, np.load(path, mmap_mode="r"))
    seal(half)


def read_study(folder: Path) -> ProbeStudy:
    """Read a finished study from its folder."""
    head, arrays = read_json(folder / STUDY), read_arrays(folder / MAPS)
    maps = {site: _map(site, arrays) for site in map(Site, head["request"]["sites"])}
    card = card_of(head["card"])
    return ProbeStudy(
        card=card,
        request=StudyRequest(**head["request"]),
        layer_labels=tuple(head["layer_labels"]),
        positions=tuple(head["positions"]),
        maps=maps,
        **{name: arrays[name] for name in _COUNTS},
        baseline_names=tuple(head["baseline_names"]),
        references=tuple(reference_of(entry) for entry in head["rivals"]),
        examples=read_examples(folder / EXAMPLES, arrays),
        provenance=head["provenance"],
        folds=arrays.get(FOLDS, no_folds()),
        dropped=read_dropped(folder / DROPPED, card.dropped),
    )


def _map(site: Site, arrays: Mapping[str, np.ndarray]) -> ProbeMap:
    """The map of a site; older studies lack the values of C of each fold."""
    names = {field.name for field in fields(ProbeMap)} - {"site", PENALTIES}
    if f"{site}/{PENALTIES}" in arrays:
        names.add(PENALTIES)
    return ProbeMap(site=site, **{name: arrays[f"{site}/{name}"] for name in names})


def read_card(folder: Path) -> StudyCard:
    """Read the card of a study, without its arrays."""
    return card_of(read_json(folder / STUDY)["card"])


def read_probes(folder: Path, site: Site) -> Probes:
    """Read the final probes of one site.

    Raises:
        ValueError: the checksum of the file differs.
    """
    if file_sha256(folder / PROBES) != probes_hash(folder):
        raise ValueError(f"the checksum of {PROBES} differs")
    tensors = load_file(folder / PROBES)
    return Probes(tensors[f"{site}.weights"], tensors[f"{site}.intercepts"])


def probes_hash(folder: Path) -> str:
    """Stored checksum of a study's probes."""
    return str(read_json(folder / CHECKSUMS)[PROBES])


def study_hash(folder: Path) -> str:
    """Hash of a study's content: the hash of its list of checksums."""
    return file_sha256(folder / CHECKSUMS)


def seal(folder: Path) -> None:
    """Write ``checksums.json`` for all files of a folder."""
    write_json(folder / CHECKSUMS, hashes(folder))


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a folder by path, without ``checksums.json``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): file_sha256(path)
        for path in files
        if path.name != CHECKSUMS
    }


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, as in ``checksums.json`` (models are hashed by blocks instead)."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _head(study: ProbeStudy) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "card": asdict(study.card),
        "request": asdict(study.request),
        "layer_labels": study.layer_labels,
        "positions": study.positions,
        "baseline_names": study.baseline_names,
        "rivals": [asdict(reference) for reference in study.references],
        "provenance": dict(study.provenance),
    }


def _arrays(study: ProbeStudy) -> dict[str, np.ndarray]:
    arrays = {name: np.asarray(getattr(study, name)) for name in _COUNTS}
    arrays[FOLDS] = study.folds
    examples = study.examples
    arrays["examples/is_right"] = examples.is_correct
    arrays["examples/baselines"] = examples.baselines
    arrays["examples/indices"] = examples.indices
    for site, probe_map in study.maps.items():
        for field in fields(ProbeMap):
            if field.name != "site":
                arrays[f"{site}/{field.name}"] = getattr(probe_map, field.name)
    return arrays


def _probes(rows: Mapping[Site, Sequence[FittedRow]]) -> dict[str, np.ndarray]:
    probes = {}
    for site, each in rows.items():
        probes[f"{site}.weights"] = np.stack([row.weights for row in each])
        probes[f"{site}.intercepts"] = np.stack([row.intercept for row in each])
    return probes
