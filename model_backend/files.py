"""Maps that were saved to files, asked for like those of models.

Stands before any other backend: what was opened from a file has a name of its own, known only to
those who have the file or a link to it, and is in no list of models. All else is handed on.
"""

import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from model_backend.api.backend import Backend, Wrapper
from model_backend.api.cell_detail import CellDetail
from model_backend.api.door import ModelState, VocabularyRequest
from model_backend.api.errors import BadRequest, UnknownModel
from model_backend.api.inspections import (
    CellRequest,
    HoldsMap,
    Inspection,
    InspectRequest,
    ModelInstead,
    OpenedMap,
    OpenMap,
    SavedMapRequest,
    SavedView,
    TokenCount,
)
from model_backend.api.maps.grid import SavedMap
from model_backend.api.requests import Handlers, Request
from model_backend.api.validation import OfText
from model_backend.archives.archive import Archive, archive_of
from model_backend.archives.file_format import ONE_MAP, unpack
from model_backend.archives.saved_cell import archived_cell
from model_backend.archives.saved_map import saved_map_of
from model_backend.sharing.lru_cache import LruCache

R = TypeVar("R")

MOST_HELD = 64
MOST_HELD_BYTES = 256 * 2**20
MOST_UNPACKED = 128 * 2**20
"""A file may unpack to this much; so many bytes of files, as they came, are held at a time."""
MOST_QUOTED = 80
"""So many characters of a file's text are in the sentence that says what it holds."""
MOST_TOKENS = 2**22
"""No vocabulary has so many; a file that names a larger id is not believed."""

_NAME = re.compile(r" from file [0-9a-f]{16}$")


class FileBackend(Wrapper):
    """A ``Backend`` over another one, to which saved maps can be given."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self._held: OrderedDict[str, tuple[int, Archive]] = OrderedDict()
        self._maps = LruCache(MOST_HELD_BYTES)
        self._lock = threading.Lock()
        self._own = (
            Handlers()
            .on(OpenMap, lambda request: self._open(b"".join(self.open_blob(request.blob))))
            .on(SavedMapRequest, lambda request: self._saved_map(request.name))
            .on(HoldsMap, lambda request: request.model in self._held)
            .on(SavedView, lambda request: self._view(request.model))
            .on(ModelInstead, lambda request: self._model_instead(request.request))
        )
        self._from_file = (
            Handlers()
            .on(InspectRequest, self._inspection)
            .on(CellRequest, self._cell)
            .on(TokenCount, lambda request: len(self._archive(request).inspection.token_ids))
            .on(VocabularyRequest, self._vocabulary)
        )

    def load(self, model: str) -> None:
        if self._find(model) is None:
            self._backend.load(model)

    def ask(self, request: Request[R]) -> R:
        if request in self._own:
            return self._own.answer(request)
        archive = self._find(getattr(request, "model", ""))
        if archive is None:
            return self._backend.ask(request)
        if request not in self._from_file:
            raise BadRequest(_holds_only(archive))
        return self._from_file.answer(request)

    def _open(self, content: bytes) -> InspectRequest | OpenedMap:
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

    def _saved_map(self, name: str) -> SavedMap:
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

    def _view(self, model: str) -> Mapping[str, str]:
        archive = self._find(model)
        return archive.view if archive else {}

    def _model_instead(self, request: InspectRequest) -> str | None:
        """The model that made the file if it is in the catalogue, else the first that did not
        fail; None if the file holds this text, or if no file is asked."""
        archive = self._find(request.model)
        if archive is None or _is_of(archive, request):
            return None
        made_by = _NAME.sub("", archive.inspection.model)
        cards = sorted(self._backend.models(), key=lambda card: card.state is ModelState.FAILED)
        names = [card.name for card in cards]
        return made_by if made_by in names else names[0]

    def _inspection(self, request: InspectRequest) -> Inspection:
        return replace(self._archive(request).inspection, model=request.model)

    def _cell(self, request: CellRequest) -> CellDetail:
        return archived_cell(self._archive(request), request.row, request.position)

    def _vocabulary(self, request: VocabularyRequest) -> tuple[str, ...]:
        archive = self._find(request.model)
        assert archive is not None
        texts = archive.texts
        return tuple(texts.get(token_id, f"id {token_id}") for token_id in range(_most(archive)))

    def _archive(self, request: OfText) -> Archive:
        """The file that answers a request.

        Raises:
            BadRequest: it holds another text than the request asks for.
        """
        archive = self._find(request.model)
        assert archive is not None
        if not _is_of(archive, request):
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


def _is_of(archive: Archive, request: OfText) -> bool:
    """True if a request asks for the text of the file, the only one its map is about."""
    if request.token_ids:
        return tuple(request.token_ids) == tuple(archive.inspection.token_ids.tolist())
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


def _text(archive: Archive) -> str:
    labels = next(iter(archive.inspection.grids.values())).token_labels
    return archive.text or "".join(labels)


def _most(archive: Archive) -> int:
    ids = archive.inspection.top_ids
    named = (token_id for token_id in archive.texts if token_id < MOST_TOKENS)
    return max(int(ids.max(initial=-1)), *named, -1) + 1
