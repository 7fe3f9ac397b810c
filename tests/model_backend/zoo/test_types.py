"""Types of models that no table describes: each is taken as docs/families.md says, or refused."""

import re

import pytest

from tests.model_backend.zoo.making import CAUSAL_TYPES
from tests.model_backend.zoo.page import (
    PAGE,
    SHARES,
    families_page,
    line_of,
    page_lines,
    without_numbers,
)
from tests.model_backend.zoo.sweep import ENCODER_TYPES, Outcome, TypeRow, examine

SAMPLE = """bamba bart camembert codegen deepseek_v3 ernie falcon_h1 gemma4_text glm4 gpt_oss
    granite_swa hrm_text hy_v4 jamba lfm2 llama4_text mamba modernbert-decoder nemotron_h olmo3
    qwen3_5_text recurrent_gemma rwkv starcoder2 xglm""".split()
"""Types with all kinds of blocks, and of each kind of reason to be refused."""


@pytest.mark.parametrize("model_type", SAMPLE)
def test_a_type_is_taken_or_refused_as_the_page_says(model_type: str) -> None:
    assert without_numbers(line_of(examine(model_type))) == without_numbers(
        page_lines()[model_type]
    )


def test_the_page_has_a_line_for_every_type_that_transformers_knows() -> None:
    assert set(page_lines()) == {*CAUSAL_TYPES, *ENCODER_TYPES}


def test_at_least_ninety_five_of_a_hundred_types_are_taken() -> None:
    page = PAGE.read_text("utf-8")
    taken, lens, _, _, _, full, by_design, refused = (
        int(number) for number in re.findall(r"\d+", _summary(page))[1:]
    )
    assert taken / (taken + refused) >= 0.95
    assert lens + len(ENCODER_TYPES) >= 140
    assert by_design < 35 and full >= 115


def test_the_page_is_made_of_its_rows() -> None:
    rows = [
        TypeRow("one", blocks="parallel", lens=True, writes="all", attention="some", failed="(c)"),
        TypeRow("two", refused="X has no single residual stream"),
        TypeRow("three", refused="something else"),
    ]
    page = families_page(rows)
    assert [row.outcome for row in rows] == [Outcome.TAKEN, Outcome.BY_DESIGN, Outcome.REFUSED]
    assert "| `one` | parallel | yes | all | some | - | (c) |" in page
    assert "| `two` | by design | X has no single residual stream |" in page
    assert "Of 3 types 1 are taken: 1 with the logit lens" in page and len(SHARES) == 4


def _summary(page: str) -> str:
    return next(line for line in page.splitlines() if line.startswith("Of "))
