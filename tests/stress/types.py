"""Every model type that transformers knows, made tiny, is taken or refused as the page says."""

from collections.abc import Iterator

from tests.model_backend.zoo.making import CAUSAL_TYPES
from tests.model_backend.zoo.page import line_of, page_lines, without_numbers
from tests.model_backend.zoo.sweep import ENCODER_TYPES, examine
from tests.stress.table import Row, some


def sweep_types(share: float) -> Iterator[Row]:
    """Compare what is found of each type with its line of docs/families.md."""
    every, lines = (*CAUSAL_TYPES, *ENCODER_TYPES), page_lines()
    types = every[: some(len(every), share)]
    differing = [
        one
        for one in types
        if without_numbers(line_of(examine(one))) != without_numbers(lines[one])
    ]
    seen = f"differ: {', '.join(differing)}" if differing else "all as docs/families.md says"
    yield Row("a model type is taken or refused", len(types), seen[:110], not differing)
