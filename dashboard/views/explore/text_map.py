"""The map of a text: one column for every token."""

from collections.abc import Sequence

from dashboard.maps.inspection_map import InspectionMap, Pair
from dashboard.page.requests import Request
from model_backend import (
    Attribution,
    AttributionRequest,
    Backend,
    CellDetail,
    CellRequest,
    InspectRequest,
)


class TextMap:
    """The map of a text's request."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def inspection_map(
        self, request: Request, *, attention: bool = False, measures: Sequence[str] = ()
    ) -> InspectionMap:
        """Every token of the text."""
        asked = InspectRequest(**{**request, "attention": attention, "measures": measures})
        return InspectionMap(self._backend.inspect(asked))

    def cell(
        self, request: Request, row: int, position: int, *, measures: Sequence[str] = ()
    ) -> CellDetail:
        """One layer at one token."""
        asked = {**request, "measures": measures, "row": row, "position": position}
        return self._backend.cell(CellRequest(**asked))

    def attribution(self, request: Request, row: int, position: int, pair: Pair) -> Attribution:
        """Split a logit difference of two tokens into what each layer wrote for it."""
        names = ("text", "special_tokens", "token_ids")
        of = {name: request[name] for name in names if name in request}
        return self._backend.attribution(
            AttributionRequest(request["model"], position, *pair, row=row, **of)
        )
