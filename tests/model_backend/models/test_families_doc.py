"""docs/families.md is generated from the table of families."""

from model_backend.models.architecture import FAMILIES
from model_backend.models.families_doc import PAGE, families_page


def test_the_page_is_up_to_date() -> None:
    said = "run python -m model_backend.models.families_doc"
    assert PAGE.read_text(encoding="utf-8") == families_page(), said


def test_the_page_has_a_line_for_every_family() -> None:
    for name in FAMILIES:
        assert f"| `{name}`" in families_page()


def test_the_page_lists_block_kinds_norms_caps_and_scales() -> None:
    rows = [line for line in families_page().splitlines() if line.startswith("| `")]
    page = {row.split("|")[1].strip(): row for row in rows}
    assert "soft-capped at `final_logit_softcapping`" in page["`gemma2`"]
    assert "divided by `logits_scaling`" in page["`granite`"]
    assert "times `residual_multiplier`" in page["`granite`"]
    assert "parallel if `use_parallel_residual`" in page["`gpt_neox`"]
    assert "neurons" in page["`mixtral`"]
    assert "post-norm" in page["`bert` (encoder)"]
    assert "layer norm" in page["`gpt2`"] and "RMS norm" in page["`llama`"]
