"""A side of Compare: a text as in Explore, or a question with its answer as in Ask.

The request that the browser keeps of a side says which of the two it is; ``SideMap`` hands it on to
the map that knows the rest.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from typing import Any

from dashboard.maps.inspection_map import InspectionMap, MapSource, Pair
from dashboard.page.requests import Request
from dashboard.views.ask.answer_map import AnswerMap, Axis
from dashboard.views.explore.text_map import TextMap
from model_backend import Attribution, Backend, CellDetail, InspectRequest, QuestionRequest

OF_TEXT = ("model", "text", "special_tokens")
OF_QUESTION = frozenset(field.name for field in fields(QuestionRequest))


class SideKind(StrEnum):
    """Kind of input on a side; the value is the label that people see."""

    TEXT = "text"
    QUESTION = "question"


@dataclass(frozen=True)
class Given:
    """Values of a side's controls, in their order."""

    kind: str
    model: str
    text: str
    special_tokens: bool
    question: str
    answer: Mapping[str, Any] | None
    """A question with its answer, from Ask or from a link; it counts if it is of this question."""


class SideMap:
    """The map of either side."""

    def __init__(self, backend: Backend) -> None:
        self._explore, self._ask = TextMap(backend), AnswerMap(backend)

    def inspection_map(
        self, request: Request, *, attention: bool = False, measures: Sequence[str] = ()
    ) -> InspectionMap:
        """The tokens of a text, or the columns of a question and its answer."""
        source, own = self._own(request)
        return source.inspection_map(own, attention=attention, measures=measures)

    def cell(
        self, request: Request, row: int, position: int, *, measures: Sequence[str] = ()
    ) -> CellDetail:
        """One layer at one token."""
        source, own = self._own(request)
        return source.cell(own, row, position, measures=measures)

    def attribution(self, request: Request, row: int, position: int, pair: Pair) -> Attribution:
        """Split a logit difference of two tokens into what each layer wrote for it."""
        source, own = self._own(request)
        return source.attribution(own, row, position, pair)

    def _own(self, request: Request) -> tuple[MapSource, Request]:
        if request["kind"] == SideKind.QUESTION:
            return self._ask, {**request["answer"], "axis": request.get("axis", Axis.NAMED)}
        return self._explore, {name: request[name] for name in OF_TEXT}


def settle_side(backend: Backend, given: Given) -> dict[str, Any]:
    """The request of a side, once it can be answered; an answer that is not there is generated.

    Raises:
        BackendError: it cannot be answered; the text says why.
    """
    if given.kind == SideKind.QUESTION:
        return _settle_question(backend, given)
    request = InspectRequest(given.model, given.text, given.special_tokens)
    backend.load(request.model)
    backend.token_count(request)
    own = asdict(request)
    return {"kind": SideKind.TEXT, **{name: own[name] for name in OF_TEXT}}


def _settle_question(backend: Backend, given: Given) -> dict[str, Any]:
    request = _question(given)
    backend.load(request.model)
    if request.answer_ids is None:
        ids = backend.generate(request).token_ids.tolist()
        request = replace(request, answer_ids=ids)
    backend.answer(request)
    return {
        "kind": SideKind.QUESTION,
        "model": request.model,
        "question": request.question,
        "answer": asdict(request),
    }


def _question(given: Given) -> QuestionRequest:
    held = {name: value for name, value in (given.answer or {}).items() if name in OF_QUESTION}
    if (held.get("model"), held.get("question")) == (given.model, given.question):
        return QuestionRequest(**held)
    return QuestionRequest(given.model, given.question)
