"""Every type that transformers knows is taken or refused as docs/families.md says."""

import pytest

from tests.model_backend.zoo.making import CAUSAL_TYPES
from tests.model_backend.zoo.page import line_of, page_lines, without_numbers
from tests.model_backend.zoo.sweep import ENCODER_TYPES, examine


@pytest.mark.parametrize("model_type", (*CAUSAL_TYPES, *ENCODER_TYPES))
def test_every_type_is_taken_or_refused_as_the_page_says(model_type: str) -> None:
    assert without_numbers(line_of(examine(model_type))) == without_numbers(
        page_lines()[model_type]
    )
