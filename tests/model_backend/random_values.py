"""Random values of any type of ``api``, made by the fields that its dataclasses state.

Made from a seed and not by hypothesis's own strategies, which are slow to build a whole study.
"""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from random import Random
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from model_backend import (
    NAMED_POSITIONS,
    PROBE_SITES,
    CellRequest,
    ColumnMapping,
    GenerateRequest,
    InspectRequest,
    LayerTokenGrid,
    PatchCellRequest,
    PatchMetric,
    PatchRequest,
    PatchSite,
    PatchWay,
    ProbeScoreRequest,
    Provenance,
    QuestionRequest,
    StudyRequest,
    TokenCount,
    TokenRange,
)
from model_backend.api.cell_detail import AttributionRequest
from model_backend.api.datasets import COLUMN_ROLES, SEPARATORS, LabelScope
from model_backend.api.door import TokenChoices

TEXTS = ("", "a", " two words", "é\u0301", "👩\u200d👧", "\x00\n\t", "</s>", "x" * 300)
NUMBERS = (0.0, -0.0, 1.5, -2.25, 1e300, 5e-324, float("nan"), float("inf"), float("-inf"))
WHOLE = (0, 1, -1, 2**31, 2**63 - 1, -(2**63))
KINDS = {
    "Float": (np.float16, np.float32, np.float64),
    "Int": (np.int8, np.int32, np.int64),
    "Bool": (np.bool_,),
}
AXES = (
    *("row", "token", "k", "head", "prediction", "position", "example", "baseline", "repeat"),
    *("answer", "column", "fold", "fitted_row", "fitted_position", "chosen", "layer"),
)
"""Of the arrays; one that several arrays have is equally long in all of them."""


def random_value(stated: Any, rng: Random) -> Any:
    """A value of a type."""
    origin, args = get_origin(stated), get_args(stated)
    if stated in OWN:
        return OWN[stated](rng)
    if origin in (Union, UnionType):
        return random_value(rng.choice(args), rng)
    if origin is tuple and args[-1] is not Ellipsis:
        return tuple(random_value(one, rng) for one in args)
    if origin in (tuple, Sequence):
        return tuple(random_value(args[0], rng) for _ in range(rng.randrange(3)))
    if getattr(origin, "__name__", "") == "Mapping":
        pairs = [[random_value(one, rng) for one in args] for _ in range(rng.randrange(3))]
        return dict(pairs)
    if hasattr(stated, "array_type"):
        shape = [_length(axis) for axis in stated.dims]
        return _array(rng.choice(KINDS[stated.__name__.partition("[")[0]]), shape, rng)
    if isinstance(stated, TypeVar):
        return _study(rng)
    if is_dataclass(origin or stated):
        return _fields(origin or stated, rng)
    if issubclass(stated, str) and stated is not str:
        return rng.choice(list(stated))
    return rng.choice({str: TEXTS, int: WHOLE, float: NUMBERS, bool: (True, False)}[stated])


def _length(axis: Any) -> int:
    """The length of an axis: the one that it states, or one by its name."""
    stated: int | None = getattr(axis, "size", None)
    return AXES.index(axis.name) % 3 + 1 if stated is None else stated


def _fields(stated: Any, rng: Random) -> Any:
    hints = get_type_hints(stated)
    return stated(**{field.name: random_value(hints[field.name], rng) for field in fields(stated)})


def _array(kind: Any, shape: Sequence[int], rng: Random) -> np.ndarray:
    with np.errstate(over="ignore"):
        values = [rng.choice(NUMBERS if kind in KINDS["Float"] else (0, 1)) for _ in range(3**4)]
        return np.resize(np.array(values).astype(kind), shape)


def _text(rng: Random) -> dict[str, Any]:
    """A text or token ids."""
    typed = {"text": rng.choice([text for text in TEXTS if text.strip()])}
    of = typed | {"special_tokens": rng.random() < 0.5}
    ids = {"text": "", "token_ids": [rng.randrange(2**31) for _ in range(rng.randint(1, 4))]}
    return {"model": rng.choice(TEXTS), **rng.choice((of, ids))}


def _question(rng: Random) -> QuestionRequest:
    return QuestionRequest(
        rng.choice(TEXTS),
        rng.choice([text for text in TEXTS if text.strip()]),
        max_new_tokens=rng.randint(1, 4096),
        temperature=rng.choice((0, 0.5, 5)),
        seed=rng.randrange(2**53),
        right_answers=["Rome", "Roma"][: rng.randrange(3)],
        answer_ids=rng.choice((None, [], [1, 2])),
        mark=rng.choice((None, [], [1, 2])),
    )


def _study(rng: Random) -> StudyRequest:
    sites = rng.sample(PROBE_SITES, rng.randint(1, 3))
    return StudyRequest(rng.choice(TEXTS), rng.choice(TEXTS), sites, rng.randint(50, 100_000))


def _patch(rng: Random) -> PatchRequest:
    text = [text for text in TEXTS if text.strip()]
    return PatchRequest(
        rng.choice(TEXTS),
        rng.choice(text),
        rng.choice(text),
        answer_a=rng.choice(("", " Rome")),
        site=rng.choice(list(PatchSite)).value,
        way=rng.choice(list(PatchWay)).value,
        metric=rng.choice(list(PatchMetric)).value,
        window=rng.choice((1, 3, 99)),
        pairs=rng.choice(([], [[0, 1], [2, 2]])),
        noised=[3, 1],
        seed=rng.randrange(2**53),
    )


def _score(rng: Random) -> ProbeScoreRequest:
    names = rng.sample(NAMED_POSITIONS, rng.randrange(3))
    columns = [(name, rng.choice((None, 3))) for name in names]
    site = rng.choice((None, *PROBE_SITES))
    return ProbeScoreRequest(study=rng.choice(TEXTS), site=site, columns=columns, **_text(rng))


def _grid(rng: Random) -> LayerTokenGrid:
    values = _array(np.float32, (rng.randrange(3), rng.randrange(3)), rng)
    rows, columns = (tuple(map(str, range(n))) for n in values.shape)
    return LayerTokenGrid("a grid", values, rows, columns, midpoint=0.5, site="here")


def _mapping(rng: Random) -> ColumnMapping:
    columns = {role: rng.choice(TEXTS) for role in COLUMN_ROLES}
    scope = rng.choice(list(LabelScope)).value
    return ColumnMapping(**columns, separator=rng.choice(SEPARATORS), scope=scope)


OWN: dict[Any, Any] = {
    ColumnMapping: _mapping,
    InspectRequest: lambda rng: InspectRequest(attention=rng.random() < 0.5, **_text(rng)),
    TokenCount: lambda rng: TokenCount(**_text(rng)),
    CellRequest: lambda rng: CellRequest(row=rng.randrange(9), position=3, **_text(rng)),
    AttributionRequest: lambda rng: AttributionRequest(
        position=rng.randrange(9), token=3, other=rng.choice((None, 4)), **_text(rng)
    ),
    TokenChoices: lambda rng: TokenChoices(rng.choice(TEXTS), rng.choice(TEXTS[1:-1])),
    ProbeScoreRequest: _score,
    QuestionRequest: _question,
    GenerateRequest: lambda rng: GenerateRequest(_question(rng)),
    StudyRequest: _study,
    PatchRequest: _patch,
    PatchCellRequest: lambda rng: PatchCellRequest(_patch(rng), rng.randrange(9), 3),
    LayerTokenGrid: _grid,
    TokenRange: lambda rng: TokenRange(rng.randrange(3), rng.randint(3, 9)),
    NoneType: lambda _: None,
    Any: lambda rng: rng.choice(({"a": [1, None, "x"]}, "text", 1.5, True)),
    Provenance: lambda rng: Provenance("tiny", details={"a": "b"}, sides=(Provenance("other"),)),
    object: lambda rng: rng.choice((None, _grid(rng))),
}
"""How to make those that check themselves, and those that state nothing."""
