"""The key of a result: everything that it depends on, and nothing that takes a model to know."""

import subprocess
import sys
from dataclasses import dataclass, fields, make_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jaxtyping import Float

from model_backend import CellRequest, InspectRequest, ModelCard, ModelState, Query, Site
from model_backend.api.models.laws import Law, LawResult
from model_backend.code_hash import code_hash
from model_backend.sharing import keys
from model_backend.sharing.keys import cache_key, schema
from tests.model_backend.measures.made_up import READ_BY, registered

REQUEST = InspectRequest("tiny", "one two")
CARD = ModelCard(
    "tiny", ModelState.READY, revision="1", dtype="float32", tokenizer_hash="t", device="cpu"
)
OTHERS: dict[str, Any] = {
    "state": ModelState.LOADING,
    "progress": 0.5,
    "laws": (LawResult(Law.CHAIN, 0.5, 1e-4),),
}
SAME = {"state", "message", "progress", "note", "laws"}
"""Fields of a card that say nothing of its numbers."""


def test_all_of_a_card_that_numbers_depend_on_is_in_the_key() -> None:
    for field in fields(ModelCard):
        changed: Any = OTHERS.get(field.name, 7 if "int" in str(field.type) else "another")
        other = replace(CARD, **{field.name: changed})
        same = cache_key(REQUEST, other) == cache_key(REQUEST, CARD)
        assert same == (field.name in SAME), field.name


def test_equal_requests_have_one_key_and_others_another() -> None:
    again = InspectRequest(token_ids=[], text="one two", model="tiny")
    assert cache_key(again, CARD) == cache_key(REQUEST, CARD)
    others: list[Query[Any]] = [replace(REQUEST, text="one two "), replace(REQUEST, attention=True)]
    others += [CellRequest("tiny", "one two", 0, 0), CellRequest("tiny", "one two", 0, 1)]
    found = {cache_key(one, CARD) for one in (REQUEST, *others)}
    found.add(cache_key(REQUEST, CARD, ["the hash of a study"]))
    assert len(found) == 6


def test_the_key_needs_neither_a_tokenizer_nor_torch() -> None:
    program = (
        "import sys; from model_backend import *; from model_backend.sharing.keys import cache_key;"
        "print(cache_key(InspectRequest('tiny', 'one two'), ModelCard('tiny', revision='1')));"
        "print(sorted({'torch', 'transformers', 'tokenizers'} & set(sys.modules)))"
    )
    key, modules = subprocess.check_output([sys.executable, "-c", program], text=True).split("\n")[
        :2
    ]
    assert key.startswith("InspectRequest:") and modules == "[]"


@dataclass(frozen=True)
class Inner:
    """What a result holds."""

    values: Float[np.ndarray, "row token"]


def ask_for(**more: object) -> Any:
    """A request whose result has these fields, too."""
    outer = make_dataclass("Outer", [("inner", tuple[Inner, ...]), *more.items()])
    return make_dataclass("Ask", [("model", str)], bases=(Query[outer],))  # type: ignore[valid-type]


def schema_of(**more: object) -> str:
    return schema(ask_for(**more))


def test_the_schema_follows_the_fields_of_request_and_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = schema_of()
    assert schema_of() == before
    assert schema_of(unit=str) != before
    monkeypatch.setitem(Inner.__annotations__, "values", Float[np.ndarray, "token row"])
    assert schema_of() != before


def test_a_result_with_other_fields_has_another_key() -> None:
    one, same, other = (ask_for(**more)("tiny") for more in ({}, {}, {"unit": str}))
    assert cache_key(one, CARD) == cache_key(same, CARD) != cache_key(other, CARD)


def test_the_schema_of_an_inspection_knows_its_grids_and_sites() -> None:
    found: dict[str, object] = {}
    keys._describe(keys.result_type(InspectRequest), found)
    assert {"Inspection", "LayerTokenGrid", "Unavailable", "Site"} <= set(found)


def test_another_row_of_measures_makes_another_key() -> None:
    found = {cache_key(REQUEST, CARD)}
    changed = (READ_BY, replace(READ_BY, unit="bits"), replace(READ_BY, sites=(Site.RESID_POST,)))
    for spec in changed:
        with registered(spec):
            found.add(cache_key(REQUEST, CARD))
    assert len(found) == 4


def test_a_change_of_the_code_that_computes_changes_its_hash(tmp_path: Path) -> None:
    for name, text in (("one", "a = 1"), ("two", "a = 2")):
        (tmp_path / name / "engine").mkdir(parents=True)
        (tmp_path / name / "engine" / "lens.py").write_text(text)
    assert code_hash(tmp_path / "one") != code_hash(tmp_path / "two")
    assert code_hash() == code_hash()
