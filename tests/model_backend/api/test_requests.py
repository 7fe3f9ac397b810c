"""Every request states its result, and travels as JSON and as bytes unchanged."""

import json
from dataclasses import asdict, fields
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_backend import (
    BadRequest,
    CellRequest,
    Command,
    Handlers,
    InspectRequest,
    JobStatus,
    LocalBackend,
    LongWork,
    Lookup,
    Query,
    QuestionRequest,
    Request,
    StudyRequest,
    TokenCount,
)
from model_backend.api.requests import canonical, request_types, result_type
from model_backend.sharing.codec import decode, encode
from tests.model_backend.random_values import random_value
from tests.model_backend.sharing.test_codec import assert_same

TYPES = request_types()
OF_THE_PAGE = (InspectRequest, CellRequest, QuestionRequest, StudyRequest)
SEEDS = st.integers(0, 2**32)
FEW = settings(max_examples=20, deadline=None)


@pytest.mark.parametrize("kind", TYPES.values(), ids=list(TYPES))
@FEW
@given(seed=SEEDS)
def test_any_request_comes_back_the_same_from_bytes(kind: Any, seed: int) -> None:
    request = random_value(kind, Random(seed))
    again = decode("call", Request, encode("call", Request, request))
    assert again == request and type(again) is kind and hash(again) == hash(request)
    assert canonical(again) == canonical(request)


@pytest.mark.parametrize("kind", OF_THE_PAGE)
@FEW
@given(seed=SEEDS)
def test_any_request_of_the_page_comes_back_the_same_from_json(kind: Any, seed: int) -> None:
    request = random_value(kind, Random(seed))
    assert kind(**json.loads(json.dumps(asdict(request)))) == request


@pytest.mark.parametrize("kind", [kind for kind in TYPES.values() if result_type(kind) is not Any])
@FEW
@given(seed=SEEDS)
def test_any_result_comes_back_the_same_from_bytes(kind: Any, seed: int) -> None:
    stated = result_type(kind)
    result = random_value(stated, Random(seed))
    assert_same(decode("key", stated, encode("key", stated, result)), result)


@FEW
@given(seed=SEEDS)
def test_any_status_comes_back_the_same_from_bytes(seed: int) -> None:
    stated = JobStatus[StudyRequest]
    status = JobStatus("job", random_value(StudyRequest, Random(seed)))
    assert decode("key", stated, encode("key", stated, status)) == status


@FEW
@given(one=SEEDS, other=SEEDS)
def test_only_equal_requests_have_equal_texts(one: int, other: int) -> None:
    first, second = (random_value(InspectRequest, Random(seed)) for seed in (one, other))
    assert (canonical(first) == canonical(second)) == (first == second)


def test_every_request_is_of_one_kind_and_states_its_result() -> None:
    assert len(TYPES) > 20
    for kind in TYPES.values():
        assert sum(issubclass(kind, one) for one in (Query, Lookup, Command, LongWork)) == 1
        assert kind.is_cached == issubclass(kind, Query)
        result_type(kind)
        assert kind.__doc__ and not kind.__doc__.startswith(kind.__name__)


def test_every_query_names_its_model() -> None:
    for kind in TYPES.values():
        names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
        if issubclass(kind, Query):
            assert "model" in names or isinstance(vars(kind).get("model"), property)


def test_a_request_that_states_no_result_is_an_error() -> None:
    class Silent(Query):
        """States nothing."""

    with pytest.raises(TypeError, match="Silent does not state its result"):
        result_type(Silent)


def test_a_request_that_nobody_answers_is_refused_with_its_name() -> None:
    with pytest.raises(BadRequest, match="does not answer a TokenCount"):
        Handlers().answer(TokenCount("tiny", "a text"))
    with pytest.raises(BadRequest, match="A TokenCount cannot be started as a job"):
        LocalBackend().start(TokenCount("tiny", "a text"))
