"""Writes docs/families.md from the table of families: ``python -m ...models.families_doc``."""

from collections.abc import Iterator
from pathlib import Path

from model_backend.models.architecture import FAMILIES, Family

PAGE = Path(__file__).parents[2] / "docs" / "families.md"
HEAD = """# Families

Written by `python -m model_backend.models.families_doc` from the table in
`model_backend/models/architecture.py`. A family is the `model_type` in a model's `config.json`;
a model of any other family is refused by name.

**Blocks.** *Sequential*: resid_mid = resid_pre + attn_out, resid_post = resid_mid + mlp_out.
*Parallel*: resid_post = resid_pre + attn_out + mlp_out, without a resid_mid. *Post-norm*:
resid_mid = norm(resid_pre + attn_out), resid_post = norm(resid_mid + mlp_out).

**Measures.** *Stream*, *writes*, *lens*, *attention* and *neurons* are the groups on the page.
Attention is computed on request. A mixture of experts has no neurons shared by all tokens, and an
encoder predicts no next token, so it has no lens. Tied and separate unembeddings are both read
from the place that the family uses.

| family | blocks | final norm | logits | writes | not measured | refused with |
|---|---|---|---|---|---|---|
"""


def families_page() -> str:
    """The text of docs/families.md."""
    rows = ("| " + " | ".join(_cells(name)) + " |\n" for name in sorted(FAMILIES))
    return HEAD + "".join(rows)


def _cells(name: str) -> Iterator[str]:
    family = FAMILIES[name]
    yield f"`{name}`" + (" (encoder)" if family.is_encoder else "")
    yield _blocks(family)
    yield _norm(family)
    yield _logits(family)
    yield f"times `{family.write_scale_key}`" if family.write_scale_key else "as they are"
    yield ", ".join(_not_measured(family)) or "-"
    yield ", ".join(f"`{key}`" for key in family.refuse_keys) or "-"


def _blocks(family: Family) -> str:
    if family.parallel:
        return "parallel"
    if family.post_norm:
        return "post-norm"
    if family.parallel_keys:
        return f"parallel if {_keys(family.parallel_keys)}, else sequential"
    if family.pre_norm_key:
        return f"sequential if `{family.pre_norm_key}`, else post-norm"
    return "sequential"


def _norm(family: Family) -> str:
    if family.final_norm is None:
        return "none"
    return f"{family.norm_kind} `{family.final_norm}`"


def _logits(family: Family) -> str:
    if family.is_encoder:
        return "none"
    parts = [f"`{family.unembedding}`"]
    if family.project_out:
        parts.append("after `project_out` if there is one")
    for word, key in (
        ("times", family.logit_scale_key),
        ("divided by", family.logit_divisor_key),
        ("soft-capped at", family.soft_cap_key),
    ):
        if key:
            parts.append(f"{word} `{key}`")
    return ", ".join(parts)


def _not_measured(family: Family) -> Iterator[str]:
    if family.is_encoder:
        yield "lens"
    if family.down is None:
        yield "neurons"
    if family.no_attention_weights_if:
        yield f"attention if {_keys(family.no_attention_weights_if)}"
    if family.parallel:
        yield "resid_mid"


def _keys(keys: tuple[str, ...]) -> str:
    return " or ".join(f"`{key}`" for key in keys)


if __name__ == "__main__":
    PAGE.write_text(families_page(), encoding="utf-8")
