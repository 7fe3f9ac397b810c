"""Results become bytes and come back the same, or do not come back at all."""

import hashlib
import math
import pickle
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from model_backend import CellRequest, Generated, Inspection, LayerTokenGrid, Measure
from model_backend.sharing.codec import decode, encode
from model_backend.sharing.parts import Malformed
from tests.model_backend.fakes import FakeBackend, make_inspection

KEY = "inspect:1"


def assert_same(left: Any, right: Any) -> None:
    """Equal in every field, missing values and array types included."""
    assert type(left) is type(right)
    if isinstance(left, np.ndarray):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)
    elif is_dataclass(left):
        for field in fields(left):
            assert_same(getattr(left, field.name), getattr(right, field.name))
    elif isinstance(left, tuple):
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            assert_same(one, other)
    elif isinstance(left, dict):
        assert list(left) == list(right)
        for key, value in left.items():
            assert_same(value, right[key])
    elif isinstance(left, float) and math.isnan(left):
        assert math.isnan(right)
    else:
        assert left == right


def again(value: Any) -> Any:
    """What comes back of a value that is written and read."""
    return decode(KEY, type(value), encode(KEY, type(value), value))


@settings(deadline=None)
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
    assert_same(again(inspection), inspection)


def test_a_cell_comes_back_the_same_with_its_missing_value() -> None:
    detail = FakeBackend().cell(CellRequest("fake", "one two", 1, 1))
    assert_same(again(detail), detail)


def test_a_generated_answer_comes_back_the_same() -> None:
    made = Generated(np.array([3, 1], np.int32), np.array([0.5, 0.25], np.float32))
    assert_same(again(made), made)


def test_arrays_come_back_as_aligned_views_that_nobody_can_write_to() -> None:
    value = encode(KEY, Inspection, make_inspection("one two three"))
    decoded = decode(KEY, Inspection, value)
    norms = decoded.grids[Measure.RESIDUAL_NORM].values
    assert norms.flags.aligned
    assert np.shares_memory(norms, np.frombuffer(value, dtype=np.uint8))
    with pytest.raises(ValueError, match="read-only"):
        norms[0, 0] = 1.0


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_no_result(value: bytes) -> None:
    with pytest.raises(Malformed):
        decode(KEY, Inspection, value)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_with_a_right_checksum_are_no_result(body: bytes) -> None:
    with pytest.raises(Malformed):
        decode(KEY, Inspection, hashlib.sha256(KEY.encode() + body).digest() + body)


VALUE = encode(KEY, Inspection, make_inspection("one two three"))


@given(position=st.integers(0, len(VALUE) - 1), difference=st.integers(1, 255))
def test_a_result_with_any_byte_altered_is_no_result(position: int, difference: int) -> None:
    altered = bytearray(VALUE)
    altered[position] ^= difference
    with pytest.raises(Malformed):
        decode(KEY, Inspection, bytes(altered))


@given(length=st.integers(0, len(VALUE) - 1))
def test_a_result_cut_off_anywhere_is_no_result(length: int) -> None:
    with pytest.raises(Malformed):
        decode(KEY, Inspection, VALUE[:length])


def test_a_result_under_another_key_is_no_result() -> None:
    with pytest.raises(Malformed):
        decode("inspect:2", Inspection, VALUE)


def test_a_pickle_is_not_executed() -> None:
    class Bomb:
        def __reduce__(self) -> tuple:
            return (pytest.fail, ("a cached value was executed",))

    body = pickle.dumps(Bomb())
    with pytest.raises(Malformed):
        decode(KEY, Inspection, body)
    with pytest.raises(Malformed):
        decode(KEY, Inspection, hashlib.sha256(KEY.encode() + body).digest() + body)


TRUE: dict[str, Any] = {
    "value": {"token_ids": 0, "probabilities": 1, "token_texts": 0},
    "texts": [["a", "b"]],
    "arrays": [["<i4", [2]], ["<f4", [2]]],
}
ARRAYS = bytes(32)


def with_checksum(header: Any) -> bytes:
    """The bytes of a header with two arrays of zeros, and a checksum that is right."""
    packed = orjson.dumps(header)
    packed += b" " * (-(40 + len(packed)) % 16)
    body = len(packed).to_bytes(8, "little") + packed + ARRAYS
    return hashlib.sha256(KEY.encode() + body).digest() + body


def value(**changes: Any) -> dict[str, Any]:
    return {"value": TRUE["value"] | changes}


LIES = {
    "no value": {"value": None},
    "a text": {"value": "text"},
    "a list": {"value": []},
    "no such field": value(model="tiny"),
    "a field missing": {"value": {"token_ids": 0, "probabilities": 1}},
    "an array that is none": value(token_ids=2),
    "an array counted from the end": value(probabilities=-1),
    "a number that is none": value(token_ids=True),
    "other numbers": value(token_ids=1),
    "texts that are none": value(token_texts=1),
    "texts of numbers": {"texts": [[1, 2]]},
    "objects": {"arrays": [["|O", [2]], ["<f4", [2]]]},
    "records": {"arrays": [["(1000000000,)<f8", [2]], ["<f4", [2]]]},
    "two axes": {"arrays": [["<i4", [2, 1]], ["<f4", [2]]]},
    "no axis": {"arrays": [["<i4", []], ["<f4", [2]]]},
    "too much": {"arrays": [["<i4", [2**60]], ["<f4", [2]]]},
    "endless and empty": {"arrays": [["<i4", [2**62, 0]], ["<f4", [2]]]},
    "less than nothing": {"arrays": [["<i4", [-2]], ["<f4", [2]]]},
    "bytes left over": {"arrays": [["<i4", [2]]]},
}


def test_what_is_true_is_read() -> None:
    assert decode(KEY, Generated, with_checksum(TRUE)).token_texts == ("a", "b")


@pytest.mark.parametrize("lie", LIES.values(), ids=list(LIES))
def test_a_header_that_lies_is_no_result(lie: dict[str, Any]) -> None:
    with pytest.raises(Malformed) as refused:
        decode(KEY, Generated, with_checksum(TRUE | lie))
    assert "TypeCheckError" not in str(refused.value)  # which only tests would raise


def test_a_string_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(TypeError):
        encode(KEY, Inspection, replace(make_inspection("one"), revision="\ud800"))
