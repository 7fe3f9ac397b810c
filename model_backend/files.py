"""Maps that were saved to files, asked for like those of models.

Stands before any other backend: what was opened from a file has a name of its own, known only to
those who have the file or a link to it, and is in no list of models. All else is handed on.
"""

import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from model_backend.api.backend import (
    CellRequest,
    Inspection,
    InspectRequest,
    Measure,
    ModelState,
)
from model_backend.api.cell_detail import CellDetail, CellPart, Prediction
from model_backend.api.errors import BadRequest, UnknownModel
from model_backend.archives.archive import Archive, archive_of
from model_backend.archives.file_format import ONE_MAP, unpack
from model_backend.archives.saved_map import SavedMap, saved_map_of
from model_backend.sharing.lru_cache import LruCache

MOST_HELD = 64
MOST_HELD_BYTES = 256 * 2**20
MOST_UNPACKED = 128 * 2**20
"""A file may unpack to this much; so many bytes of files, as they came, are held at a time."""
MOST_QUOTED = 80
"""So many characters of a file's text are in the sentence that says what it holds."""

_NAME = re.compile(r" from file [0-9a-f]{16}$")
_KEPT = {CellPart.PREDICTIONS, CellPart.WHOLE_PATHS}
_ABSENT = "The file this map was opened from holds no such part."


@dataclass(frozen=True)
class OpenedMap:
    """A file that holds one map, such as a difference: shown as it is, for no model made it."""

    name: str
    """By which ``FileBackend.saved_map`` finds it."""


class FileBackend:
    """A ``Backend`` over another one, to which saved maps can be given."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend
        self._held: OrderedDict[str, tuple[int, Archive]] = OrderedDict()
        self._maps = LruCache(MOST_HELD_BYTES)
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    def open_file(self, content: bytes) -> InspectRequest | OpenedMap:
        """Keep a saved map, and say how it is asked for; the same file has the same name.

        Raises:
            BadRequest: it is not such a file.
        """
        about, arrays = unpack(content, MOST_UNPACKED)
        digest = hashlib.sha256(content).hexdigest()[:16]
        if about["version"] == ONE_MAP:
            opened = OpenedMap(f"file/{digest}")
            self._maps.keep(opened.name, saved_map_of(about, arrays), len(content))
            return opened
        archive = archive_of(about, arrays)
        name = f"{_NAME.sub('', archive.inspection.model[:100])} from file {digest}"
        with self._lock:
            self._held[name] = (len(content), archive)
            self._held.move_to_end(name)
            while len(self._held) > MOST_HELD or self._size() > MOST_HELD_BYTES:
                self._held.popitem(last=False)
        return InspectRequest(name, _text(archive), archive.special_tokens)

    def saved_map(self, name: str) -> SavedMap:
        """The map of a file by the name that ``open_file`` gave it.

        Raises:
            BadRequest: the file is not open here, or no longer.
        """
        found: SavedMap | None = self._maps.get(name)
        if found is None:
            raise BadRequest(
                "This map came from a file that the server holds no longer. Open the file again."
            )
        return found

    def holds(self, model: str) -> bool:
        """Whether a file of that name is open here."""
        return model in self._held

    def instead(self, request: InspectRequest) -> str | None:
        """A model to ask for a text that the file of the request does not hold; None if it does,
        or if no file is asked: the model that made the file if it is to be had here, else the
        first that did not fail."""
        archive = self._find(request.model)
        if archive is None or _is_of(archive, request):
            return None
        made_by = _NAME.sub("", archive.inspection.model)
        cards = sorted(self._backend.models(), key=lambda card: card.state is ModelState.FAILED)
        names = [card.name for card in cards]
        return made_by if made_by in names else names[0]

    def load(self, model: str) -> None:
        if self._find(model) is None:
            self._backend.load(model)

    def vocabulary(self, model: str) -> tuple[str, ...]:
        archive = self._find(model)
        if archive is None:
            return tuple(self._backend.vocabulary(model))
        texts = archive.texts
        return tuple(texts.get(token_id, f"id {token_id}") for token_id in range(_most(archive)))

    def fingerprint(self, request: Any) -> str:
        if self._find_for(request) is None:
            return str(self._backend.fingerprint(request))
        return hashlib.sha256(repr(request).encode()).hexdigest()

    def inspect(self, request: InspectRequest) -> Inspection:
        archive = self._find_for(request)
        if archive is not None:
            return replace(archive.inspection, model=request.model)
        found: Inspection = self._backend.inspect(request)
        return found

    def cell(self, request: CellRequest) -> CellDetail:
        archive = self._find_for(request)
        if archive is not None:
            return archived_cell(archive, request.row, request.position)
        found: CellDetail = self._backend.cell(request)
        return found

    def _find_for(self, request: Any) -> Archive | None:
        """The file that answers a request; None if a model does.

        Raises:
            BadRequest: it names a file that holds another text than it asks for.
        """
        archive = self._find(request.model)
        if archive is not None and not _is_of(archive, request):
            raise BadRequest(_holds_only(archive))
        return archive

    def _find(self, model: str) -> Archive | None:
        with self._lock:
            held = self._held.get(model)
            if held is not None:
                self._held.move_to_end(model)
                return held[1]
        if _NAME.search(model):
            raise UnknownModel(
                "This map came from a file that the server holds no longer. Open the file again."
            )
        return None

    def _size(self) -> int:
        return sum(size for size, _ in self._held.values())


def _is_of(archive: Archive, request: Any) -> bool:
    """Whether a request is of the text of a file: its map says nothing of any other."""
    if not isinstance(request, InspectRequest | CellRequest):
        return False
    if request.token_ids:
        return request.token_ids == tuple(archive.inspection.token_ids.tolist())
    asked = (request.text, request.special_tokens)
    return asked == (_text(archive), archive.special_tokens)


def _holds_only(archive: Archive) -> str:
    text = " ".join(_text(archive).split())
    shown = text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED].rstrip()} …"
    how = "" if archive.special_tokens else ", read without special tokens"
    return (
        f"This map came from a file, which holds one text: “{shown}”{how}. Choose a model to see "
        "another."
    )


def archived_cell(archive: Archive, row: int, position: int) -> CellDetail:
    """A cell as far as a file can tell: its first predictions, and all measures.

    Raises:
        BadRequest: there is no such cell.
    """
    inspection, tokens = archive.inspection, _tokens(archive)
    n_rows, n_tokens, _ = inspection.top_ids.shape
    if row >= n_rows or position >= n_tokens:
        raise BadRequest(
            f"There is no cell at row {row}, position {position}: this map has {n_rows} rows and "
            f"{n_tokens} positions."
        )
    ids = inspection.top_ids[row, position].tolist()
    probs = inspection.top_probs[row, position].tolist()
    texts = [archive.texts.get(token_id, f"id {token_id}") for token_id in ids]
    paths = _paths(inspection, position, ids)
    values = {m: float(grid.values[row, position]) for m, grid in inspection.grids.items()}
    sites = inspection.grids_at.items()
    at = {s: {m: float(g.values[row, position]) for m, g in held.items()} for s, held in sites}
    return CellDetail(
        row=row,
        position=position,
        token_id=int(inspection.token_ids[position]),
        token_text=tokens[position],
        predictions=tuple(map(Prediction, ids, texts, probs)),
        paths=paths,
        next_token=_next_token(archive, values, position),
        next_token_rank=_rank(values, position, n_tokens),
        layer_labels=next(iter(inspection.grids.values())).layer_labels,
        values=values,
        values_at=at,
        token_labels=tokens,
        absent=dict.fromkeys(set(CellPart) - _KEPT, _ABSENT) | _not_told(inspection, paths),
    )


def _not_told(inspection: Inspection, paths: np.ndarray) -> dict[CellPart, str]:
    """What the file does not say of the predictions that it keeps, or why it keeps none."""
    n_kept = paths.shape[1]
    if not n_kept:
        reason = inspection.why_absent(Measure.LENS_CONFIDENCE) or _ABSENT
        return {CellPart.PREDICTIONS: reason}
    if not np.isnan(paths).any():
        return {}
    said = (
        f"The file keeps the {n_kept} likeliest tokens of each cell; where a token is not among "
        "them its line is broken."
    )
    return {CellPart.WHOLE_PATHS: said}


def _paths(inspection: Inspection, position: int, ids: list[int]) -> np.ndarray:
    """Probabilities of these ids at every row; NaN where one is not among the row's first."""
    there = inspection.top_ids[:, position, :, None] == np.array(ids)
    probs = np.where(there, inspection.top_probs[:, position, :, None], -np.inf)
    best = probs.max(axis=1, initial=-np.inf)
    return np.where(np.isfinite(best), best, np.nan).astype(np.float32)


def _next_token(archive: Archive, values: dict[Measure, float], position: int) -> Prediction | None:
    tokens, probability = _tokens(archive), values.get(Measure.NEXT_TOKEN_PROBABILITY)
    if position + 1 >= len(tokens) or probability is None or np.isnan(probability):
        return None
    token_id = int(archive.inspection.token_ids[position + 1])
    return Prediction(token_id, tokens[position + 1], probability)


def _rank(values: dict[Measure, float], position: int, n_tokens: int) -> int | None:
    rank = values.get(Measure.NEXT_TOKEN_RANK, np.nan)
    return int(rank) if np.isfinite(rank) and position + 1 < n_tokens else None


def _text(archive: Archive) -> str:
    return archive.text or "".join(_tokens(archive))


def _tokens(archive: Archive) -> tuple[str, ...]:
    return next(iter(archive.inspection.grids.values())).token_labels


def _most(archive: Archive) -> int:
    ids = archive.inspection.top_ids
    return int(ids.max()) + 1 if ids.size else 0
