"""The map of a text: one column for every token."""

from collections.abc import Sequence

from dashboard.maps.inspection_map import InspectionMap
from dashboard.page.requests import Request
from model_backend import Backend, CellDetail, CellRequest, InspectRequest


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

    def cell(self, request: Request, row: int, position: int) -> CellDetail:
        """One layer at one token."""
        return self._backend.cell(CellRequest(**request, row=row, position=position))
