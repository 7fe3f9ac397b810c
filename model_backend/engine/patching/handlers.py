"""Answers about patches: what is known before, a map, an opened cell. Imports torch."""

from collections.abc import Iterator

from model_backend.api.patching import (
    PatchCell,
    PatchCellRequest,
    PatchMap,
    PatchRequest,
    PatchSetup,
    PatchSetupRequest,
)
from model_backend.api.requests import Handlers
from model_backend.engine.patching.run import open_cell, patch_steps, patch_whole, set_up
from model_backend.models.loaded import LoadedModel
from model_backend.models.pool import ModelPool


class PatchHandlers:
    """Patches texts with the models of a pool."""

    def __init__(self, pool: ModelPool[LoadedModel]) -> None:
        self._pool = pool

    def handlers(self) -> Handlers:
        """The requests that this class handles."""
        return (
            Handlers()
            .on(PatchSetupRequest, self.set_up)
            .on(PatchRequest, self.whole)
            .on(PatchCellRequest, self.cell)
        )

    def set_up(self, request: PatchSetupRequest) -> PatchSetup:
        """Say what is known before a map is made."""
        return set_up(self._pool.take(request.model), request.patch)

    def whole(self, request: PatchRequest) -> PatchMap:
        """Make a whole map, and wait for it."""
        return patch_whole(self._pool.take(request.model), request)

    def cell(self, request: PatchCellRequest) -> PatchCell:
        """Open one cell of a map."""
        loaded = self._pool.take(request.model)
        return open_cell(loaded, request.patch, request.row, request.column)

    def begin(self, request: PatchRequest) -> Iterator[PatchMap]:
        """The map as far as it has come, step by step."""
        return patch_steps(self._pool.take(request.model), request)
