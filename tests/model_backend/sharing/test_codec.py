"""Results become bytes and come back the same, or do not come back at all."""

import hashlib
import math
import pickle
from dataclasses import fields, replace
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from model_backend import CellDetail, CellRequest, Generated, Inspection, LayerTokenGrid, Measure
from model_backend.sharing.codec import decode, encode
from tests.model_backend.fakes import FakeBackend, make_inspection

KEY = "inspect:1"


def assert_same(left: Any, right: Any) -> None:
    """Equal in every field, missing values and array types included."""
    assert type(left) is type(right)
    if isinstance(left, np.ndarray):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)
    elif isinstance(left, Inspection | CellDetail | Generated | LayerTokenGrid):
        for field in fields(left):
            assert_same(getattr(left, field.name), getattr(right, field.name))
    elif isinstance(left, dict):
        assert list(left) == list(right)
        for key, value in left.items():
            assert_same(value, right[key])
    elif isinstance(left, float) and math.isnan(left):
        assert math.isnan(right)
    else:
        assert left == right


@given(
    text=st.text(min_size=1),
    values=arrays.arrays(
        st.sampled_from([np.float16, np.float32, np.float64]),
        arrays.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=7),
    ),
)
def test_any_text_and_any_numbers_come_back_the_same(text: str, values: np.ndarray) -> None:
    labels = tuple(f"{text}{position}" for position in range(values.shape[1]))
    rows = tuple(str(row) for row in range(values.shape[0]))
    grid = LayerTokenGrid(text, values, rows, labels)
    inspection = replace(
        make_inspection("one two"), revision=text, grids={Measure.LENS_ENTROPY: grid}
    )
    assert_same(decode(KEY, encode(KEY, inspection)), inspection)


def test_a_cell_comes_back_the_same_with_its_missing_value() -> None:
    detail = FakeBackend().cell(CellRequest("fake", "one two", 1, 1))
    assert_same(decode(KEY, encode(KEY, detail)), detail)


def test_a_generated_answer_comes_back_the_same() -> None:
    made = Generated(np.array([3, 1], np.int32), np.array([0.5, 0.25], np.float32))
    assert_same(decode(KEY, encode(KEY, made)), made)


def test_arrays_come_back_as_aligned_views_that_nobody_can_write_to() -> None:
    value = encode(KEY, make_inspection("one two three"))
    decoded = decode(KEY, value)
    assert isinstance(decoded, Inspection)
    norms = decoded.grids[Measure.RESIDUAL_NORM].values
    assert norms.flags.aligned
    assert np.shares_memory(norms, np.frombuffer(value, dtype=np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        norms[0, 0] = 1.0


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_result(value: bytes) -> None:
    assert decode(KEY, value) is None


@given(st.binary(max_size=300))
def test_arbitrary_bytes_with_a_right_checksum_are_no_result(body: bytes) -> None:
    assert decode(KEY, hashlib.sha256(KEY.encode() + body).digest() + body) is None


VALUE = encode(KEY, make_inspection("one two three"))


@given(position=st.integers(0, len(VALUE) - 1), difference=st.integers(1, 255))
def test_a_result_with_any_byte_altered_is_no_result(position: int, difference: int) -> None:
    altered = bytearray(VALUE)
    altered[position] ^= difference
    assert decode(KEY, bytes(altered)) is None


@given(length=st.integers(0, len(VALUE) - 1))
def test_a_result_cut_off_anywhere_is_no_result(length: int) -> None:
    assert decode(KEY, VALUE[:length]) is None


def test_a_result_under_another_key_is_no_result() -> None:
    assert decode("inspect:2", VALUE) is None


def test_a_pickle_is_not_executed() -> None:
    class Bomb:
        def __reduce__(self) -> tuple:
            return (pytest.fail, ("a cached value was executed",))

    body = pickle.dumps(Bomb())
    assert decode(KEY, body) is None
    assert decode(KEY, hashlib.sha256(KEY.encode() + body).digest() + body) is None


HEADERS = [
    {"schema": 0},
    {"schema": 1, "result": {"@": "object"}, "texts": [], "arrays": []},
    {"schema": 1, "result": {"@": "array", "number": 0}, "texts": [], "arrays": [["|O", [1]]]},
    {"schema": 1, "result": {"@": "array", "number": 0}, "texts": [], "arrays": [["<f8", [2**60]]]},
    {"schema": 1, "result": "text", "texts": [], "arrays": []},
    {"schema": 1, "result": {"@": "Prediction", "token_id": 1}, "texts": [], "arrays": []},
]


@pytest.mark.parametrize("header", HEADERS, ids=str)
def test_a_header_that_lies_is_no_result(header: dict) -> None:
    packed = orjson.dumps(header)
    packed += b" " * (-(40 + len(packed)) % 16)
    body = len(packed).to_bytes(8, "little") + packed
    assert decode(KEY, hashlib.sha256(KEY.encode() + body).digest() + body) is None


def test_a_string_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(TypeError):
        encode(KEY, replace(make_inspection("one"), revision="\ud800"))
