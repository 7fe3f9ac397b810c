"""Measures that only tests have: the room for measures with arguments, used."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jaxtyping import Float
from torch import Tensor

from model_backend.api.maps.measure_specs import Argument, ArgumentKind, Group, MeasureSpec, Needs
from model_backend.api.maps.measures import register, unregister
from model_backend.api.maps.sites import Site
from model_backend.measures.inputs import AttentionWeights


def stream_numbers(
    residual: Float[Tensor, "row token hidden"], *, numbers: tuple[int, ...], direction: str
) -> Float[Tensor, "row token"]:
    """The sum of some of the stream's numbers; ``direction`` may turn its sign."""
    total = residual.float()[..., list(numbers)].sum(-1)
    return -total if direction == "down" else total


def attention_to(weights: AttentionWeights, *, source: int) -> Float[Tensor, " token"]:
    """The share of attention that goes to one place in the text."""
    return weights.given[..., source].float().mean(0)


WORDS: dict[str, Any] = {
    "definition": "A measure of a test.",
    "caution": "It can mean that a test runs.",
    "subtitle": "only a test",
}
STREAM_NUMBERS = MeasureSpec(
    "made-up numbers of the stream",
    Group.STREAM,
    Needs.STREAM,
    stream_numbers,
    label="sum of numbers",
    sites=(Site.RESID_POST, Site.RESID_PRE),
    arguments=(
        Argument("numbers", ArgumentKind.TOKENS),
        Argument("direction", ArgumentKind.DIRECTION),
    ),
    **WORDS,
)
ATTENTION_TO = MeasureSpec(
    "made-up attention to",
    Group.ATTENTION,
    Needs.WEIGHTS,
    attention_to,
    arguments=(Argument("source", ArgumentKind.TOKEN),),
    **WORDS,
)
READ_BY = MeasureSpec(
    "made-up reading",
    Group.LENS,
    Needs.LENS,
    len,
    arguments=(Argument("lens", ArgumentKind.LENS),),
    **WORDS,
)


@contextmanager
def registered(*specs: MeasureSpec) -> Iterator[None]:
    """Let there be more measures meanwhile."""
    register(*specs)
    try:
        yield
    finally:
        unregister(*specs)
