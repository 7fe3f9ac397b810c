"""A saved map opens with the same numbers, and a hostile or broken file is refused."""

import dataclasses
import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as numpy_arrays

from model_backend import (
    Archive,
    BadRequest,
    Inspection,
    Measure,
    Site,
    read_archive,
    write_json,
    write_npz,
)
from model_backend.archives.arrays import list_arrays, read_values
from tests.model_backend.fakes import make_inspection

WRITERS = (write_npz, write_json)
WRITTEN = [write(Archive(make_inspection("a b c"))) for write in WRITERS]
TEXT = "one two\x00 =three ☃"


@pytest.fixture()
def archive() -> Archive:
    inspection = make_inspection(TEXT)
    values = inspection.grids[Measure.LENS_KL].values
    values[1, :3] = [np.inf, -np.inf, 1e-45]
    at = {Site.RESID_MID: {Measure.RESIDUAL_NORM: inspection.grids[Measure.RESIDUAL_NORM]}}
    inspection = dataclasses.replace(inspection, grids_at=at)
    return Archive(inspection, TEXT, {3: " x\x00"}, {"last_q": 2}, {"numpy": "1"}, False)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if dataclasses.is_dataclass(one):
        names = [held.name for held in dataclasses.fields(one)]
        return all(same(getattr(one, name), getattr(other, name)) for name in names)
    return bool(one == other)


@pytest.mark.parametrize("write", WRITERS)
def test_a_saved_map_opens_to_the_last_bit(archive: Archive, write: Any) -> None:
    assert same(read_archive(write(archive)), archive)


@given(numpy_arrays(np.float32, (3, 4), elements=st.floats(width=32)))
def test_every_float_survives_json(values: np.ndarray) -> None:
    held = orjson.loads(orjson.dumps(list_arrays({"a": values})))
    read = read_values(held)["a"]
    assert read.dtype == np.float32
    assert np.array_equal(read, values, equal_nan=True)
    assert np.array_equal(np.signbit(read), np.signbit(np.where(np.isnan(values), np.nan, values)))


def test_numpy_alone_reads_numbers_and_provenance(archive: Archive) -> None:
    held = np.load(io.BytesIO(write_npz(archive)), allow_pickle=False)
    about = json.loads(str(held["about"]))
    assert (about["model"], about["revision"], about["dtype"]) == ("fake", "1", "float32")
    assert about["layers"][0] == "embed" and about["layer_convention"].startswith("Row 0")
    norm = archive.inspection.grids[Measure.RESIDUAL_NORM].values
    assert np.array_equal(held["residual norm"], norm)
    assert np.array_equal(held["residual norm at resid_mid"], norm)


def npz(archive: Archive, **changes: Any) -> bytes:
    """The NPZ file of an archive with changed arrays; None removes an array."""
    held = dict(np.load(io.BytesIO(write_npz(archive))))
    changed = {name: array for name, array in (held | changes).items() if array is not None}
    content = io.BytesIO()
    np.savez(content, **changed)
    return content.getvalue()


def about(archive: Archive, **changes: Any) -> np.ndarray:
    held = json.loads(str(np.load(io.BytesIO(write_npz(archive)))["about"]))
    return np.array(json.dumps(held | changes))


@pytest.mark.parametrize(
    "change",
    [
        {"token_ids": None},
        {"token_ids": np.zeros(3, dtype=np.int32)},
        {"token_ids": np.array([-1, 0, 0, 0], dtype=np.int32)},
        {"is_sink": np.zeros(4, dtype=np.float32)},
        {"top_ids": np.zeros((4, 4), dtype=np.int32)},
        {"residual norm": np.zeros((4, 5), dtype=np.float32)},
        {"residual norm": np.zeros((4, 4), dtype=np.int32)},
        {"another": np.zeros((4, 4), dtype=np.float32)},
        {"about": np.array("{}")},
        {"about": None},
    ],
)
def test_a_file_with_inconsistent_arrays_gets_a_sentence(archive: Archive, change: Any) -> None:
    with pytest.raises(BadRequest, match=r"\.$"):
        read_archive(npz(archive, **change))


@pytest.mark.parametrize(
    "change",
    [
        {"tokens": ["a"] * 200_000},
        {"tokens": [1, 2, 3, 4]},
        {"tokens": None},
        {"layers": []},
        {"grids": []},
        {"grids": [{"array": "token_ids"}]},
        {"absences": [[1]]},
        {"texts": {"x": "y"}},
        {"version": 99},
        {"version": [[[]]]},
        {"format": "else"},
        {"model": {}},
    ],
)
def test_a_file_with_invalid_provenance_gets_a_sentence(
    archive: Archive, change: dict[str, Any]
) -> None:
    with pytest.raises(BadRequest, match=r"\.$"):
        read_archive(npz(archive, about=about(archive, **change)))


def test_a_pickle_in_an_npz_is_refused_and_never_run(archive: Archive, tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (tmp_path / "harm",)

    content = npz(archive, token_ids=np.array([Harm()], dtype=object))
    with pytest.raises(BadRequest, match="not a file that Layerscope wrote"):
        read_archive(content)
    with pytest.raises(BadRequest):
        read_archive(pickle.dumps(Harm()))
    assert not (tmp_path / "harm").exists()


def test_a_zip_bomb_is_refused_by_its_declared_and_by_its_real_size(archive: Archive) -> None:
    with pytest.raises(BadRequest, match="unpacks to"):
        read_archive(write_npz(archive), most_bytes=1000)
    content = io.BytesIO()
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f4", "fortran_order": False, "shape": (10**12,)}
    )
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("about.npy", header.getvalue())
    with pytest.raises(BadRequest, match="another size"):
        read_archive(content.getvalue())


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 0.999])
def test_a_file_cut_short_gets_a_sentence(archive: Archive, write: Any, share: float) -> None:
    content = write(archive)
    with pytest.raises(BadRequest, match=r"\.$"):
        read_archive(content[: int(len(content) * share)])


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"{}", b"[]", b"null", b'"PK"', b"[" * 100_000, b"\xff\xfe", b'{"about": 1}',
     b'{"about": {"format": "layerscope-map", "version": 1}, "arrays": {"a": 1}}',
     b'{"about": {"format": "layerscope-map", "version": 1}, "arrays": {}}'],
)  # fmt: skip
def test_other_files_get_a_sentence(content: bytes) -> None:
    with pytest.raises(BadRequest, match=r"\.$"):
        read_archive(content)


@given(st.binary(max_size=300), st.integers(0, 5000))
@settings(deadline=None, max_examples=60)
def test_changed_bytes_anywhere_raise_no_other_error(patch: bytes, at: int) -> None:
    for written in WRITTEN:
        content = bytearray(written)
        content[at : at + len(patch)] = patch
        try:
            assert isinstance(read_archive(bytes(content)).inspection, Inspection)
        except BadRequest as refused:
            assert str(refused).endswith(".")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!DOCTYPE html><html><body>map</body></html>", "A saved web page opens in a browser."),
        (b'\xef\xbb\xbf <svg xmlns="x"></svg>', "A picture holds no numbers."),
        (b"\x89PNG\r\n", "A picture holds no numbers."),
        (b"[1, 2", "it is neither JSON nor NPZ"),
    ],
)
def test_a_file_that_was_chosen_by_mistake_is_known_for_what_it_is(
    content: bytes, said: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        read_archive(content)
    assert said in str(refused.value) and "line 1" not in str(refused.value)
