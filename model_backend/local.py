"""The backend that runs models in this process: ties the parts below it to the interface.

Importing this module imports no torch, which takes seconds: the thread that loads the first model
does that, while the page is already being looked at.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from model_backend.catalogue import CatalogueEntry, catalogue
from model_backend.errors import BackendError, BadRequest, TextTooLong
from model_backend.interface import CellDetail, CellRequest, Inspection, InspectRequest, ModelCard
from model_backend.shelf import Shelf

if TYPE_CHECKING:
    from model_backend.loading import LoadedModel, Report

SCHEMA = 1
"""To be raised when the same tokens and weights come to give other numbers."""


class LocalBackend:
    """A ``Backend`` whose models are in this process, loaded when they are first asked for."""

    def __init__(
        self,
        entries: Iterable[CatalogueEntry] | None = None,
        *,
        device: str = "auto",
        dtype: str = "auto",
        max_tokens: int = 4096,
    ) -> None:
        def load(entry: CatalogueEntry, report: "Report") -> "LoadedModel":
            report("importing PyTorch")
            from model_backend.loading import load_model

            return load_model(entry, report, device=device, dtype=dtype, max_tokens=max_tokens)

        self._shelf = Shelf(catalogue() if entries is None else entries, load)

    def models(self) -> tuple[ModelCard, ...]:
        return self._shelf.cards()

    def load(self, model: str) -> None:
        self._shelf.load(model)

    def vocabulary(self, model: str) -> tuple[str, ...]:
        from model_backend.tokens import vocabulary_texts

        loaded = self._shelf.take(model)
        with loaded.tokenizing:
            return vocabulary_texts(loaded.tokenizer, loaded.card.vocabulary_size or 0)

    def fingerprint(self, request: InspectRequest | CellRequest) -> str:
        loaded = self._shelf.take(request.model)
        cell = (request.row, request.position) if isinstance(request, CellRequest) else None
        token_ids = _token_ids(loaded, request)
        parts = [SCHEMA, request.model, loaded.card.revision, loaded.tokenizer_hash]
        parts += [loaded.card.dtype, cell, token_ids]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def inspect(self, request: InspectRequest) -> Inspection:
        from model_backend.inspecting import inspect_residual, trace_tokens

        loaded = self._shelf.take(request.model)
        token_ids = _token_ids(loaded, request)
        with _run(loaded):
            return inspect_residual(loaded, token_ids, trace_tokens(loaded, token_ids))

    def cell(self, request: CellRequest) -> CellDetail:
        from model_backend.inspecting import open_cell, trace_tokens

        loaded = self._shelf.take(request.model)
        token_ids = _token_ids(loaded, request)
        _check_cell(request, loaded.card, len(token_ids))
        with _run(loaded):
            residual = trace_tokens(loaded, token_ids)
            return open_cell(
                loaded, token_ids, residual, row=request.row, position=request.position
            )


def _token_ids(loaded: "LoadedModel", request: InspectRequest | CellRequest) -> list[int]:
    from model_backend.tokens import encode

    with loaded.tokenizing:
        token_ids = encode(loaded.tokenizer, request.text, request.special_tokens)
    limit = loaded.card.max_tokens or len(token_ids)
    if not token_ids:
        raise BadRequest("The model's tokenizer makes no tokens of this text. Type another.")
    if len(token_ids) > limit:
        raise TextTooLong(
            f"The text has {len(token_ids):,} tokens; {request.model} takes {limit:,}. Shorten it."
        )
    return token_ids


def _check_cell(request: CellRequest, card: ModelCard, n_tokens: int) -> None:
    n_rows = (card.n_layers or 0) + 1
    for name, value, count in (
        ("row", request.row, n_rows),
        ("position", request.position, n_tokens),
    ):
        if value >= count:
            raise BadRequest(f"There is no {name} {value}: the last one is {count - 1}.")


@contextmanager
def _run(loaded: "LoadedModel") -> Iterator[None]:
    """One forward pass at a time, its failures in words."""
    with loaded.running:
        try:
            yield
        except (RuntimeError, MemoryError, IndexError) as error:
            raise BackendError(f"The model could not run over this text: {error}") from error
