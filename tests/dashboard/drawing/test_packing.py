"""The browser unpacks the measured values, in a bounded number of bytes."""

import base64
import json
import struct

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.drawing.figures import grid_heatmap
from dashboard.drawing.packing import PROBABILITY_BITS, pack_bits, pack_figure, pack_predictions
from model_backend import Measure, Scale
from tests.model_backend.fakes import make_inspection


def unpack_bits(data: bytes, width: int, count: int) -> list[int]:
    """The plain way: the bytes as one long string of zeros and ones."""
    bits = "".join(f"{byte:08b}" for byte in data)
    return [int(bits[at * width : (at + 1) * width], 2) for at in range(count)]


@given(st.lists(st.integers(0, 2**20 - 1), min_size=1, max_size=40))
def test_packed_numbers_come_back(numbers: list[int]) -> None:
    packed = pack_bits(np.array(numbers, dtype=np.uint32), 20)
    assert unpack_bits(packed.tobytes(), 20, len(numbers)) == numbers
    assert len(packed) == -(-20 * len(numbers) // 8)


def test_a_figure_comes_with_its_numbers_and_without_a_slash() -> None:
    inspection = make_inspection("one two three")
    grid = inspection.grids[Measure.LENS_CONFIDENCE]
    packed = pack_figure(grid_heatmap(grid, scale=Scale.RAW))
    numbers = packed["data"][0]["z"]
    assert "/" not in numbers["bdata"]
    back = np.frombuffer(base64.urlsafe_b64decode(numbers["bdata"]), dtype=numbers["dtype"])
    np.testing.assert_array_equal(back.reshape(grid.values.shape), grid.values)


def test_a_message_holds_every_id_and_probability() -> None:
    inspection = make_inspection("one two three")
    message = pack_predictions(inspection)
    (size,) = struct.unpack_from("<I", message)
    header = json.loads(message[4 : 4 + size])
    body = message[4 + size :]
    count = inspection.top_ids.size
    ids = unpack_bits(body[: header["idBytes"]], header["idBits"], count)
    probs = unpack_bits(body[header["idBytes"] :], PROBABILITY_BITS, count)
    assert ids == inspection.top_ids.ravel().tolist()
    assert [f"{p / 1000:.1%}" for p in probs] == [f"{p:.1%}" for p in inspection.top_probs.ravel()]
