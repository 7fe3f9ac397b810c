"""A single map opens again as it was saved, to the last bit, and altered files are refused."""

import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest

from model_backend import (
    Archive,
    BadRequest,
    CellLine,
    FileBackend,
    LayerTokenGrid,
    MapKind,
    OpenedMap,
    Provenance,
    SavedMap,
    read_archive,
    read_saved_map,
    save_json,
    save_npz,
    write_npz,
)
from tests.model_backend.archives.test_archive import same
from tests.model_backend.fakes import FakeBackend, make_inspection

WRITERS = (save_npz, save_json)
VALUES = np.array([[0.5, np.nan, 0.7], [0.9, np.nan, 1e-45], [np.nan] * 3], dtype=np.float32)
SIDE = Provenance("builtin", "r1", "float32", {"study": "s1", "seed": "3"})
SAVED = SavedMap(
    kind=MapKind.AUC,
    title="places, builtin",
    grid=LayerTokenGrid(
        "probe AUC", VALUES, ("embed", "1", "2"), ("last_q", "-8", "☃\x00"), "AUC", 0.5,
        named_columns=True, clipped_at=0.5,
    ),
    left_out=np.array([False, True, False]),
    lines=(
        CellLine("95 % interval", VALUES - 1, upper=VALUES + 1),
        CellLine("n", VALUES[:, :1], unit="answers", column_labels=("a", "b", "c")),
    ),
    outlined=VALUES > 0.8,
    short_name="AUC",
    facts=("resid_post",),
    notes=("Outlined: one cell.",),
    ends=(0.45, 1.0),
    steps=20,
    first_layer=1,
    missing_rows=(2,),
    request={"map": "study/s1/resid_post"},
    provenance=Provenance(details={"aligned by": "name"}, sides=(SIDE, SIDE)),
    versions={"numpy": "1"},
)  # fmt: skip


@pytest.mark.parametrize("write", WRITERS)
def test_what_was_saved_opens_to_the_last_bit(write: Any) -> None:
    assert same(read_saved_map(write(SAVED)), SAVED)


def test_numpy_alone_opens_the_numbers_and_what_they_are() -> None:
    held = np.load(io.BytesIO(save_npz(SAVED)), allow_pickle=False)
    about = json.loads(str(held["about"]))
    assert (about["kind"], about["layers"]) == ("AUCs of probes", ["embed", "1", "2"])
    assert about["missing_rows"] == [2]
    assert [line["label"] for line in about["lines"]] == ["95 % interval", "n"]
    assert about["provenance"]["sides"][0]["revision"] == "r1"
    assert np.array_equal(held["line 0 upper"], VALUES + 1, equal_nan=True)


def test_a_file_says_which_versions_wrote_it() -> None:
    assert read_saved_map(save_json(replace(SAVED, versions={}))).versions["layerscope"]


def test_each_kind_of_file_says_what_opens_it() -> None:
    with pytest.raises(BadRequest, match="Open it with read_saved_map"):
        read_archive(save_npz(SAVED))
    with pytest.raises(BadRequest, match="Open it with read_archive"):
        read_saved_map(write_npz(Archive(make_inspection("a b"))))


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "luck"},
        {"tokens": ["only one"]},
        {"tokens": [1, 2, 3]},
        {"layers": []},
        {"missing_rows": [3]},
        {"missing_rows": [-1]},
        {"ends": [0.5]},
        {"lines": [{"label": "a", "unit": "", "column_labels": ["too few"]}]},
        {"lines": [{"label": "a", "unit": "", "column_labels": []}] * 51},
        {"provenance": {}},
        {"request": 7},
        {"version": 3},
    ],
)
def test_an_altered_file_is_refused_in_a_sentence(change: dict[str, Any]) -> None:
    held = orjson.loads(save_json(SAVED))
    held["about"] |= change
    with pytest.raises(BadRequest, match=r"\.$"):
        read_saved_map(orjson.dumps(held))


@pytest.mark.parametrize("name", ["values", "left_out", "outlined", "line 1"])
def test_numbers_that_do_not_fit_the_labels_are_refused(name: str) -> None:
    held = orjson.loads(save_json(SAVED))
    held["arrays"][name] = held["arrays"]["values"] | {"shape": [9], "dtype": "float32"}
    with pytest.raises(BadRequest, match="do not fit together"):
        read_saved_map(orjson.dumps(held))


def test_a_file_of_one_map_is_held_under_a_name_of_its_own() -> None:
    backend, content = FileBackend(FakeBackend()), save_npz(SAVED)
    opened = backend.open_file(content)
    assert isinstance(opened, OpenedMap) and opened == backend.open_file(content)
    assert same(backend.saved_map(opened.name), SAVED)
    with pytest.raises(BadRequest, match="Open the file again"):
        backend.saved_map("file/0123456789abcdef")
