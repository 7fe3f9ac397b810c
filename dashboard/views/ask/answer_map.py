"""The map of an answer: its named positions, or all tokens of prompt and answer."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from dashboard.maps.inspection_map import InspectionMap, Pair
from dashboard.maps.map_data import Bracket, Column
from dashboard.page.requests import Request
from model_backend import (
    Answer,
    Attribution,
    AttributionRequest,
    Backend,
    CellDetail,
    CellRequest,
    InspectRequest,
    QuestionRequest,
    coinciding,
)

COUNTED = frozenset(str(-back) for back in range(1, 9))


class Axis(StrEnum):
    """Meaning of the map's columns; the value is the label that people see."""

    NAMED = "named positions"
    ALL = "all tokens"


class AnswerMap:
    """The map of a question's request, which holds its answer's tokens, and of an axis."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def inspection_map(
        self, request: Request, *, attention: bool = False, measures: Sequence[str] = ()
    ) -> InspectionMap:
        """One column for each name, or for each token with the names above."""
        answer = self._answer(request)
        ids = answer.token_ids
        inspection = self._backend.inspect(
            InspectRequest(answer.model, attention=attention, token_ids=ids, measures=measures)
        )
        about = f"{request['question']} → {answer.text.strip() or '(no answer)'}"
        if request["axis"] == Axis.NAMED:
            notes = tuple(column_notes(answer))
            return InspectionMap(inspection, named_columns(answer), notes=notes, about=about)
        return InspectionMap(inspection, brackets=tuple(brackets(answer)), about=about)

    def cell(
        self, request: Request, row: int, position: int, *, measures: Sequence[str] = ()
    ) -> CellDetail:
        """One layer at one token."""
        answer = self._answer(request)
        return self._backend.cell(
            CellRequest(
                answer.model, "", row, position, token_ids=answer.token_ids, measures=measures
            )
        )

    def attribution(self, request: Request, row: int, position: int, pair: Pair) -> Attribution:
        """Split a logit difference of two tokens into what each layer wrote for it."""
        answer = self._answer(request)
        return self._backend.attribution(
            AttributionRequest(answer.model, position, *pair, token_ids=answer.token_ids, row=row)
        )

    def _answer(self, request: Request) -> Answer:
        return self._backend.answer(question_of(request))


def question_of(request: Request) -> QuestionRequest:
    """The question request within the request of an answer's map."""
    return QuestionRequest(**{name: request[name] for name in request if name != "axis"})


def named_columns(answer: Answer) -> tuple[Column, ...]:
    """A column for every name, in the order of the names; missing ones too."""
    return tuple(Column(one.index, one.name) for one in answer.positions)


def column_notes(answer: Answer) -> Iterator[str]:
    """Notes on names that share a token and names that are missing."""
    same = coinciding(answer.positions)
    groups = dict.fromkeys(
        tuple(sorted((name, *others))) for name, others in same.items() if others
    )
    order = [one.name for one in answer.positions]
    if groups:
        said = (" = ".join(sorted(group, key=order.index)) for group in groups)
        yield f"Same token: {'; '.join(said)}."
    missing: dict[str, list[str]] = {}
    for one in answer.positions:
        if one.index is None:
            missing.setdefault(one.why_missing, []).append(one.name)
    for why, names in missing.items():
        yield f"Dotted: {', '.join(names)}: {why}."


def brackets(answer: Answer) -> Iterator[Bracket]:
    """The brackets above the columns: one for each named position, ``-8`` to ``-1`` as one, the
    exact answer as one.
    """
    places = {one.name: one.index for one in answer.positions if one.index is not None}
    counted = [name for name in places if name in COUNTED]
    if counted:
        yield Bracket(_ends(counted), places[counted[0]], places[counted[-1]])
    names: dict[int, list[str]] = {}
    for name in places.keys() - COUNTED:
        names.setdefault(places[name], []).append(name)
    if answer.exact is not None and answer.exact.first < answer.exact.last:
        exact = answer.exact.shifted(answer.n_prompt)
        yield Bracket("exact_answer", exact.first, exact.last, level=1)
    order = [one.name for one in answer.positions]
    for index in sorted(names):
        yield Bracket("<br>".join(sorted(names[index], key=order.index)), index, index)


def _ends(counted: list[str]) -> str:
    return counted[0] if len(counted) == 1 else f"{counted[0]} … {counted[-1]}"
