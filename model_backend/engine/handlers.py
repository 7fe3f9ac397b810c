"""Answers about texts: an inspection, an opened cell, the vocabulary. Imports torch."""

from model_backend.api.cell_detail import CellDetail
from model_backend.api.door import ModelCard, TokenChoice, TokenChoices, VocabularyRequest
from model_backend.api.errors import BadRequest, TextTooLong, counted
from model_backend.api.inspections import CellRequest, Inspection, InspectRequest, TokenCount
from model_backend.api.maps.measure_specs import Needs
from model_backend.api.requests import Handlers
from model_backend.api.validation import OfText
from model_backend.engine.forward import Trace
from model_backend.engine.inspect_text import chosen_tokens, inspect_trace, trace_tokens
from model_backend.engine.open_cell import Cell, open_cell
from model_backend.engine.running import running
from model_backend.engine.tokens import encode, find_choices, vocabulary_texts
from model_backend.models.loaded import LoadedModel
from model_backend.models.pool import ModelPool
from model_backend.sharing.lru_cache import LruCache
from model_backend.sharing.progress import begin_part


class TextHandlers:
    """Runs the models of a pool over texts; ``traces`` spares a click on a cell a forward pass."""

    def __init__(self, pool: ModelPool[LoadedModel], traces: LruCache) -> None:
        self._pool, self._traces = pool, traces

    def handlers(self) -> Handlers:
        """Handlers of this class."""
        return (
            Handlers()
            .on(InspectRequest, self.inspect)
            .on(CellRequest, self.cell)
            .on(TokenCount, self.token_count)
            .on(VocabularyRequest, self.vocabulary)
            .on(TokenChoices, self.token_choices)
        )

    def inspect(self, request: InspectRequest) -> Inspection:
        """Run the model over a text and measure every cell."""
        loaded = self._pool.take(request.model)
        token_ids = read_token_ids(loaded, request)
        _check_chosen(loaded, request)
        with running(loaded, len(token_ids)):
            split = share_of_pass(loaded.card, len(token_ids), attention=request.attention)
            begin_part(
                f"Running {request.model} over {counted(len(token_ids), 'token')}", 0.0, split
            )
            trace = self.trace(loaded, token_ids, request)
            begin_part("Reading the layers with the logit lens", split, 1.0)
            return inspect_trace(loaded, token_ids, trace, request.with_arguments)

    def cell(self, request: CellRequest) -> CellDetail:
        """Open one cell of an inspection."""
        loaded = self._pool.take(request.model)
        token_ids = read_token_ids(loaded, request)
        row, position = request.row, request.position
        _check_place("row", row, (loaded.card.n_layers or 0) + 1)
        _check_place("position", position, len(token_ids))
        _check_chosen(loaded, request.inspect)
        with running(loaded, len(token_ids)):
            trace = self.trace(loaded, token_ids, request.inspect)
            measures = request.inspect.with_arguments
            return open_cell(loaded, trace, Cell(token_ids, row, position, measures))

    def token_count(self, request: TokenCount) -> int:
        """The number of tokens of a text that the model takes."""
        return len(read_token_ids(self._pool.take(request.model), request))

    def vocabulary(self, request: VocabularyRequest) -> tuple[str, ...]:
        """The text of every token id on its own."""
        loaded = self._pool.take(request.model)
        with loaded.tokenizing:
            return vocabulary_texts(loaded.tokenizer, loaded.card.vocabulary_size or 0)

    def token_choices(self, request: TokenChoices) -> tuple[TokenChoice, ...]:
        """Tokens that a typed text may mean."""
        loaded = self._pool.take(request.model)
        with loaded.tokenizing:
            return find_choices(loaded.tokenizer, request.text)

    def trace(
        self, loaded: LoadedModel, token_ids: tuple[int, ...], request: InspectRequest | None = None
    ) -> Trace:
        """The residual stream of a text, kept from an earlier request if it still is; measured
        inside the blocks as ``request`` says."""
        attention = request is not None and request.attention
        asked = request.with_arguments if request else ()
        measures = tuple(one for one in asked if one.spec.needs is not Needs.LENS)
        key = (loaded.card.name, loaded.card.revision, token_ids, attention, measures)
        trace: Trace | None = self._traces.get(key)
        if trace is None:
            trace = trace_tokens(loaded, token_ids, attention=attention, measures=measures)
            self._traces.keep(key, trace, trace.nbytes)
        return trace


def share_of_pass(card: ModelCard, n_tokens: int, *, attention: bool) -> float:
    """Share of an inspection's time that its forward pass takes; the rest is the logit lens.

    By counts of multiplications. Attention weights cost more than their multiplications.
    """
    n_layers, hidden, words = card.n_layers or 1, card.hidden_size or 1, card.vocabulary_size or 0
    blocks = 12 * n_layers * hidden**2 + 2 * n_layers * hidden * n_tokens * (1 + 10 * attention)
    lens = (n_layers + 1) * hidden * words
    return blocks / (blocks + lens)


def read_token_ids(loaded: LoadedModel, request: OfText) -> tuple[int, ...]:
    """The token ids of a request, if the model takes them.

    Raises:
        TextTooLong: they are more than the model's context or the operator's limit.
        BadRequest: the text makes no tokens, or ids that the model does not have.
    """
    token_ids = tuple(request.token_ids)
    if not token_ids:
        with loaded.tokenizing:
            token_ids = tuple(encode(loaded.tokenizer, request.text, request.special_tokens))
    if not token_ids:
        raise BadRequest(f"{request.model} makes no tokens of this text. Type another.")
    limit = loaded.card.max_tokens or len(token_ids)
    if len(token_ids) > limit:
        raise TextTooLong(
            f"The text has {len(token_ids):,} tokens; {request.model} takes {limit:,} at most. "
            "Shorten it."
        )
    loaded.check_ids(token_ids)
    return token_ids


def _check_chosen(loaded: LoadedModel, request: InspectRequest) -> None:
    """See that the model has every token that measures ask for."""
    largest = max(chosen_tokens(request.with_arguments), default=0)
    rows = loaded.card.vocabulary_size or 0
    if loaded.unembed is not None and largest >= rows:
        raise BadRequest(
            f"There is no token {largest} in {loaded.card.name}, whose largest id is {rows - 1}: "
            "it was chosen for another model. Choose another token."
        )


def _check_place(name: str, value: int, count: int) -> None:
    if value >= count:
        raise BadRequest(f"There is no {name} {value} here: they go from 0 to {count - 1}.")
