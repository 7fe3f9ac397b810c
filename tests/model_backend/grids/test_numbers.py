"""One rule for numbers, in Python as in the browser (tests/scripts/numbers.test.js)."""

import json
from pathlib import Path

import pytest

from model_backend.grids.numbers import amount

EXAMPLES = json.loads((Path(__file__).parents[2] / "fixtures/numbers.json").read_text())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["text"])
def test_a_number_is_written_as_in_the_table(example: dict[str, object]) -> None:
    value, unit = float(str(example["value"])), str(example["unit"])
    whole = bool(example.get("whole"))
    assert amount(value, unit, is_whole=whole) == example["text"]
