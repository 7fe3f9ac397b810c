"""The names of measures: like an enumeration, and with arguments one canonical string."""

import copy
import pickle
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import model_backend
from model_backend import Measure
from model_backend.api.maps.measure_specs import Group
from model_backend.api.maps.measures import hash_specs, measure_specs, register
from tests.model_backend.measures.made_up import (
    ATTENTION_TO,
    READ_BY,
    STREAM_NUMBERS,
    registered,
)

ROOT = Path(__file__).parents[3]
STORED = {
    "RESIDUAL_NORM": "residual norm",
    "UPDATE_SIZE": "update size",
    "COSINE_TO_PREVIOUS": "cosine to previous layer",
    "COSINE_TO_FINAL": "cosine to final layer",
    "ATTENTION_OUTPUT": "attention output",
    "MLP_OUTPUT": "MLP output",
    "WRITE_COSINE": "cosine of write to stream",
    "LENS_CONFIDENCE": "lens confidence",
    "LENS_ENTROPY": "lens entropy",
    "LENS_KL": "lens KL to final",
    "NEXT_TOKEN_PROBABILITY": "next-token probability",
    "NEXT_TOKEN_RANK": "next-token rank",
    "ATTENTION_ENTROPY": "attention entropy",
    "ATTENTION_RECEIVED": "attention received",
    "LARGEST_NEURON": "largest neuron",
    "ACTIVE_NEURONS": "active neurons",
    "PROBE_SCORE": "probe score",
}
"""As links, files and notebooks hold them, in the order of the page; never change one."""


@pytest.fixture(scope="module", autouse=True)
def made_up() -> Iterator[None]:
    with registered(STREAM_NUMBERS, ATTENTION_TO, READ_BY):
        yield


def test_stored_names_and_their_order_stay() -> None:
    names = {measure.spec.name: measure.value for measure in Measure if measure in STORED.values()}
    assert list(names.items()) == list(STORED.items())
    for name, value in STORED.items():
        assert getattr(Measure, name) is Measure(value)
        assert getattr(Measure, name) == value and type(Measure(value).value) is str


def test_every_measure_that_the_code_names_is_there() -> None:
    """A type checker cannot see the attributes, for they are made from the rows."""
    folders = ("benchmarks", "dashboard", "model_backend", "tests")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    for file in files:
        for name in re.findall(r"\bMeasure\.([A-Z][A-Z_]+)\b", file.read_text(encoding="utf-8")):
            assert name == "NO_SUCH_MEASURE" or hasattr(Measure, name), f"{file}: {name}"
    with pytest.raises(AttributeError, match="NO_SUCH_MEASURE"):
        _ = Measure.NO_SUCH_MEASURE


def test_the_front_doors_tables_say_what_the_rows_say() -> None:
    for measure in Measure:
        spec = measure.spec
        assert model_backend.DEFINITIONS[measure] == spec.definition
        assert model_backend.UNITS.get(measure, "") == spec.unit
        assert model_backend.SITES[measure] == spec.sites
        assert measure in model_backend.MEASURE_GROUPS[spec.group]
    assert model_backend.NOT_INSPECTED == {Measure.PROBE_SCORE}
    assert model_backend.ON_REQUEST == set(model_backend.MEASURE_GROUPS["Attention"])


def test_every_row_has_words_that_are_sentences() -> None:
    for spec in measure_specs():
        assert spec.definition.endswith(".") and spec.caution.endswith(".")
        assert spec.subtitle and spec.label and spec.group in Group


def test_measures_that_take_arguments_are_not_among_those_to_choose() -> None:
    assert len(Measure) == len(list(Measure))
    assert STREAM_NUMBERS.id not in list(Measure)
    assert STREAM_NUMBERS.name in [spec.name for spec in measure_specs()]


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
MEASURES = st.one_of(
    st.sampled_from(list(STORED.values())).map(Measure),
    st.builds(lambda source: Measure(ATTENTION_TO.id, source=source), st.integers(0, 10**9)),
    st.builds(lambda lens: Measure(READ_BY.id, lens=lens), NAMES),
    st.builds(
        lambda numbers, direction: Measure(STREAM_NUMBERS.id, numbers=numbers, direction=direction),
        st.lists(st.integers(0, 10**6), min_size=1, max_size=4),
        NAMES,
    ),
)


@given(MEASURES)
def test_a_measure_with_arguments_is_its_string(measure: Measure) -> None:
    again = Measure(str(measure))
    assert (again, again.id, again.arguments) == (measure, measure.id, measure.arguments)
    assert Measure(measure.id, **measure.arguments) == measure
    assert Measure.named(measure.label) == measure
    assert Measure(orjson.loads(orjson.dumps(measure))) == measure
    assert copy.deepcopy(measure) == pickle.loads(pickle.dumps(measure)) == measure


@given(MEASURES)
def test_the_string_fits_a_file_name(measure: Measure) -> None:
    assert str(measure).isascii() and str(measure).isprintable()
    assert not set(str(measure)) & set('/\\:*?"<>|')


def test_arguments_come_back_as_they_were() -> None:
    measure = Measure(STREAM_NUMBERS.id, numbers=[3, 5], direction="up, or [down]?")
    assert measure.arguments == {"numbers": (3, 5), "direction": "up, or [down]?"}
    assert measure.label == "sum of numbers [numbers=3+5,direction=up%2C or %5Bdown%5D%3F]"


@pytest.mark.parametrize(
    "text",
    ["", "luck", "lens entropy [", "lens entropy []", "lens entropy [token=3]",
     "made-up attention to", "made-up attention to [source=03]", "made-up attention to [source=-1]",
     "made-up attention to [source=3", "made-up attention to [source=3,more=4]",
     "made-up attention to [source=three]", "made-up attention to [lens=3]",
     "made-up reading [lens=%ff]", "made-up reading [lens=a+b]", None, 7, ["lens entropy"]],
)  # fmt: skip
def test_only_one_way_of_writing_counts(text: str) -> None:
    assert text not in Measure
    with pytest.raises(ValueError):
        Measure(text)


@given(st.text(max_size=30))
def test_no_string_breaks_the_reader(arguments: str) -> None:
    for text in (arguments, f"{ATTENTION_TO.id} [{arguments}]", f"{READ_BY.id} [{arguments}]"):
        if text in Measure:
            assert str(Measure(text)) == text


@pytest.mark.parametrize(
    "arguments", [{}, {"source": -1}, {"source": True}, {"source": "3"}, {"place": 3}]
)
def test_arguments_of_another_kind_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        Measure(ATTENTION_TO.id, **arguments)


def test_a_name_that_is_taken_is_refused() -> None:
    changes: tuple[dict[str, Any], ...]
    changes = ({"label": "lens entropy"}, {"name": "LENS_KL"}, {"id": "a [b]"})
    for change in changes:
        changed = replace(READ_BY, **{"id": "another", "label": "", "name": "", **change})
        with pytest.raises(ValueError, match="taken"):
            register(changed)


def test_a_grid_is_known_by_its_measures_id_or_label() -> None:
    assert Measure.named("lens entropy") is Measure.LENS_ENTROPY
    assert Measure.named("sum of numbers [numbers=1,direction=up]") is not None
    assert Measure.named("lens entropy, left − right") is None  # noqa: RUF001
    assert Measure.named("AUC") is None


def test_another_unit_site_or_argument_is_another_schema() -> None:
    row = replace(READ_BY, id="another", label="", name="")
    changes: list[dict[str, Any]]
    changes = [{}, {"unit": "nats"}, {"sites": STREAM_NUMBERS.sites}, {"arguments": ()}]
    hashes = {hash_specs()}
    for change in changes:
        with registered(replace(row, **change)):
            hashes.add(hash_specs())
    assert len(hashes) == 1 + len(changes)
