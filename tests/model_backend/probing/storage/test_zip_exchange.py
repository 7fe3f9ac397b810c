"""An exported study is imported unchanged, and an altered zip file is refused."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
import pytest

from model_backend import BadRequest, ProbeStudy, Site
from model_backend.api.questions import Verdict
from model_backend.probing.atomic_files import read_json, write_json
from model_backend.probing.statistics.row_fits import FittedRow
from model_backend.probing.storage.library import Library
from model_backend.probing.storage.study_files import FOLDS, seal, write_study
from model_backend.probing.storage.zip_exchange import export_folder, import_folder
from tests.model_backend.fake_study_service import make_study

Meddle = Callable[[dict[str, bytes]], object]


def rows_of(study: ProbeStudy, n_rows: int = 4) -> dict[Site, list[FittedRow]]:
    n, n_positions = study.examples.n, len(study.positions)
    row = FittedRow(
        auc=np.full(n_positions, 0.5),
        test_influence=np.zeros((n_positions, n)),
        train_influence=np.zeros((n_positions, n)),
        auprc=np.full(n_positions, 0.5),
        scores=np.zeros((n_positions, 1, n)),
        inner_auc=np.zeros((n_positions, 1, 5)),
        shuffled_auc=np.zeros((n_positions, 2)),
        penalty=np.ones(n_positions),
        fold_penalties=np.ones((n_positions, 1, 5)),
        weights=np.ones((n_positions, 8), np.float32),
        intercept=np.zeros(n_positions),
    )
    return {Site.RESID_POST: [row] * n_rows}


@pytest.fixture
def exported(tmp_path: Path) -> bytes:
    study = make_study()
    folder = tmp_path / "made" / study.card.study
    write_study(folder, study, rows_of(study))
    return b"".join(export_folder(folder))


def take_in(content: bytes, tmp_path: Path) -> Library:
    library = Library(tmp_path / "mine")
    import_folder(io.BytesIO(content), library)
    return library


def meddled(content: bytes, meddle: Meddle, compression: int = zipfile.ZIP_STORED) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    meddle(files)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_an_imported_study_equals_the_exported_one(exported: bytes, tmp_path: Path) -> None:
    library, study = take_in(exported, tmp_path), make_study()
    again = library.study(study.card.study)
    assert again.card.is_imported
    assert again.card.best == study.card.best
    assert again.examples.question == study.examples.question
    np.testing.assert_array_equal(again.maps[Site.RESID_POST].auc, study.maps[Site.RESID_POST].auc)


def forget_the_folds(files: dict[str, bytes]) -> None:
    """Turn a study into one from before folds were stored."""
    arrays = dict(np.load(io.BytesIO(files["maps.npz"])))
    del arrays[FOLDS]
    out = io.BytesIO()
    np.savez(out, **arrays)
    files["maps.npz"] = out.getvalue()
    reseal(files)


def test_an_older_study_without_folds_is_imported(exported: bytes, tmp_path: Path) -> None:
    library, study = take_in(meddled(exported, forget_the_folds), tmp_path), make_study()
    again = library.study(study.card.study)
    assert again.folds.shape == (0, 0)
    assert again.card.best == study.card.best


def test_importing_an_existing_study_is_refused(exported: bytes, tmp_path: Path) -> None:
    library = take_in(exported, tmp_path)
    with pytest.raises(BadRequest, match="is here already"):
        import_folder(io.BytesIO(exported), library)


def shift_a_byte(files: dict[str, bytes]) -> None:
    files["maps.npz"] = files["maps.npz"][:-1] + b"!"


def climb_out(files: dict[str, bytes]) -> None:
    files["../evil.py"] = b"print()"


def go_absolute(files: dict[str, bytes]) -> None:
    files["/tmp/evil"] = b""


def rename_the_study(files: dict[str, bytes]) -> None:
    head = orjson.loads(files["study.json"])
    head["card"]["study"] = "../../elsewhere"
    files["study.json"] = orjson.dumps(head)
    reseal(files)


def write_nonsense(files: dict[str, bytes]) -> None:
    files["study.json"] = b'{"card": {}}'
    reseal(files)


def bring_a_pickle(files: dict[str, bytes]) -> None:
    out = io.BytesIO()
    np.save(out, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("n.npy", out.getvalue())
    files["maps.npz"] = inner.getvalue()
    reseal(files)


def compress_the_arrays(files: dict[str, bytes]) -> None:
    inner = io.BytesIO()
    np.savez_compressed(inner, n=np.zeros(1_000_000))
    files["maps.npz"] = inner.getvalue()
    reseal(files)


def reseal(files: dict[str, bytes]) -> None:
    import hashlib

    sums = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    sums.pop("checksums.json")
    files["checksums.json"] = orjson.dumps(sums)


@pytest.mark.parametrize(
    ("meddle", "said"),
    [
        (shift_a_byte, "maps.npz was changed after the export: its checksum differs"),
        (climb_out, "contains '../evil.py', which no study has"),
        (go_absolute, "contains '/tmp/evil', which no study has"),
        (lambda files: files.pop("probes.safetensors"), "lacks probes.safetensors"),
        (rename_the_study, "There is no study|cannot be read"),
        (write_nonsense, "This study cannot be read"),
        (bring_a_pickle, "This study cannot be read"),
        (compress_the_arrays, "maps.npz is compressed"),
    ],
    ids=lambda value: getattr(value, "__name__", "") if callable(value) else "",
)
def test_an_altered_zip_file_is_refused_with_a_sentence(
    exported: bytes, tmp_path: Path, meddle: Meddle, said: str
) -> None:
    with pytest.raises(Exception, match=said) as refused:
        take_in(meddled(exported, meddle), tmp_path)
    assert refused.type.__module__ == "model_backend.api.errors"
    assert not [path for path in (tmp_path / "mine").iterdir() if path.name.startswith(".")]
    assert Library(tmp_path / "mine").cards() == ()
    assert not (tmp_path / "evil.py").exists()


def test_compressed_broken_and_other_files_are_refused(exported: bytes, tmp_path: Path) -> None:
    bomb = meddled(exported, lambda files: None, zipfile.ZIP_DEFLATED)
    with pytest.raises(BadRequest, match="compressed"):
        take_in(bomb, tmp_path)
    with pytest.raises(BadRequest, match="not a zip file of a study"):
        take_in(b"hello", tmp_path)
    with pytest.raises(BadRequest):
        take_in(exported[: len(exported) // 2], tmp_path)


def test_the_checksums_cover_every_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    seal(tmp_path)
    assert set(orjson.loads((tmp_path / "checksums.json").read_bytes())) == {"a"}


def test_enum_members_can_be_keys_in_a_json_file(tmp_path: Path) -> None:
    write_json(tmp_path / "counts.json", {"dropped": {Verdict.CANNOT_TELL: 3}})
    assert read_json(tmp_path / "counts.json") == {"dropped": {Verdict.CANNOT_TELL: 3}}
