"""Runs the model for the search of short answers; the worked examples are read once.

Imports torch. A batch takes one pass over its questions and answers, and a pass of a few tokens
for each round of the search.
"""

import copy
import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.answering.candidates import candidate_spans
from model_backend.answering.exact_answers import CharacterSpan
from model_backend.answering.generating import largest_batch
from model_backend.answering.span_search import Ids, SpanSearch
from model_backend.answering.worked_examples import WorkedExample, ask_for_words
from model_backend.api.errors import UnsoundActivations
from model_backend.engine.tokens import encode
from model_backend.models.loaded import LoadedModel

BATCH = 32
"""Answers that are read together, of similar length."""


_STRAY = re.compile("[\ud800-\udfff]")
"""A byte of an answer that makes no character, such as half an emoji where the answer was cut."""
_PREFIXES: WeakKeyDictionary[LoadedModel, dict[Ids, Any]] = WeakKeyDictionary()
"""Key-value cache of the worked examples of each model, freed with the model."""


@dataclass(frozen=True)
class Said:
    """A question and the answer that a model gave."""

    question: str
    answer: str
    start: int = 0
    end: int | None = None
    """Part of the answer that states what was asked for; all of it by default."""


@dataclass(frozen=True, eq=False)
class _Text:
    """One question and answer as tokens, and the search for its short answer."""

    number: int
    ids: Ids
    said: Said
    spans: Sequence[CharacterSpan]
    sequences: Sequence[Ids]
    search: SpanSearch

    @property
    def longest(self) -> int:
        """Tokens of the longest span."""
        return max(map(len, self.sequences))

    @property
    def best(self) -> CharacterSpan:
        """The likeliest span; of equal words the first, or the last if they are the question's.

        "The capital of San Marino is San Marino": the first mention repeats the question.
        """
        best = self.search.best
        first = self.spans[best]
        if self.said.answer[first.start : first.end] not in self.said.question:
            return first
        same = (n for n, ids in enumerate(self.sequences) if ids == self.sequences[best])
        return self.spans[max(same)]


class ModelExtractor:
    """Reads short answers out of answers with the model that gave them.

    Greedy and exact: of all runs of at most eight whole words of an answer, the one that the model
    finds likeliest as the line after ``Short answer:``, its end included.
    """

    def __init__(self, loaded: LoadedModel, examples: Sequence[WorkedExample]) -> None:
        self._loaded = loaded
        with loaded.tokenizing:
            text = "".join(map(str, examples))
            self._shared = tuple(encode(loaded.tokenizer, text, special_tokens=False))
        self._takes_places = "position_ids" in inspect.signature(loaded.model.forward).parameters

    def find(
        self, said: Sequence[Said], *, after_pass: Callable[[], None] = lambda: None
    ) -> list[CharacterSpan | None]:
        """Find the short answer in each answer; the model's lock must be held.

        Args:
            after_pass: called after each forward pass; an exception from it ends the search.

        Returns:
            Spans of the unstripped answers; None where an answer has no word, or where it does
            not fit the model's context or vocabulary.
        """
        with self._loaded.tokenizing:
            texts = [self._text(number, each) for number, each in enumerate(said)]
        found: list[CharacterSpan | None] = [None] * len(said)
        for batch in self._batches([text for text in texts if text is not None]):
            self._search(batch, after_pass)
            for text in batch:
                found[text.number] = text.best
        return found

    def _text(self, number: int, said: Said) -> _Text | None:
        spans = candidate_spans(said.answer, said.start, said.end)
        if not spans:
            return None
        words = (" ".join(said.answer[span.start : span.end].split()) for span in spans)
        asked = ask_for_words(said.answer[: said.end], said.question)
        sequences = self._continue(":", [f" {word}\n" for word in words])
        [ids] = self._continue("\n", [asked])
        longest = max(map(len, sequences))
        used = {*self._shared, *ids, *(token for ids in sequences for token in ids)}
        if max(used) >= (self._loaded.card.vocabulary_size or 0):
            return None
        limit = self._loaded.card.max_tokens or 10**9
        if len(self._shared) + len(ids) + longest > limit:
            return None
        return _Text(number, ids, said, spans, sequences, SpanSearch(sequences))

    def _continue(self, anchor: str, texts: Sequence[str]) -> list[Ids]:
        """The tokens of texts in their place after ``anchor``, so that a leading space is kept."""
        options = {"add_special_tokens": False, "split_special_tokens": True, "verbose": False}
        whole = (anchor + _STRAY.sub("\ufffd", text) for text in texts)
        rows = self._loaded.tokenizer([anchor, *whole], **options)
        alone, *longer = rows["input_ids"]
        return [tuple(ids[len(alone) :]) for ids in longer]

    def _batches(self, texts: Sequence[_Text]) -> Iterator[list[_Text]]:
        """Group texts of similar length; of equal length where a model takes no positions."""
        ordered = sorted(texts, key=lambda text: len(text.ids))
        groups = [ordered]
        if not self._takes_places:
            groups = [list(group) for _, group in groupby(ordered, key=lambda text: len(text.ids))]
        for group in groups:
            start = 0
            while start < len(group):
                most = max(len(text.ids) + text.longest for text in group[start : start + BATCH])
                size = min(BATCH, largest_batch(self._loaded, len(self._shared) + most))
                yield group[start : start + size]
                start += size

    def _search(self, batch: Sequence[_Text], after_pass: Callable[[], None]) -> None:
        """Read each text's question and answer, then beginnings until the likeliest are known."""
        longest = max(len(text.ids) for text in batch)
        pads = [longest - len(text.ids) for text in batch]
        rows = [[text.ids[0]] * pad + list(text.ids) for pad, text in zip(pads, batch, strict=True)]
        mask = self._mask(pads, longest)
        logits, cache = self._run(rows, mask, self._prefix(len(batch)), keep=1)
        after_pass()
        for text, row in zip(batch, logits, strict=True):
            _give(text.search, (), row)
        while todo := [(n, path) for n, text in enumerate(batch) if (path := text.search.path())]:
            numbers = torch.tensor([n for n, _ in todo], device=logits.device)
            longest = max(len(path) for _, path in todo)
            rows = [[*path, *[path[-1]] * (longest - len(path))] for _, path in todo]
            wide = torch.cat([mask[numbers], mask.new_ones(len(todo), longest)], dim=1)
            read, _ = self._run(rows, wide, _select(cache, numbers), keep=longest)
            after_pass()
            for (n, path), after in zip(todo, read, strict=True):
                _give(batch[n].search, path, torch.cat([logits[n], after[: len(path)]]))

    def _prefix(self, n_rows: int) -> Any:
        """The cache of the worked examples, for several rows."""
        device, known = self._loaded.model.device, _PREFIXES.setdefault(self._loaded, {})
        if self._shared not in known:
            mask = torch.ones(1, len(self._shared), dtype=torch.long, device=device)
            known.clear()  # one set of examples is in use at a time
            known[self._shared] = self._run([self._shared], mask, None, keep=1)[1]
        return _select(known[self._shared], torch.zeros(n_rows, dtype=torch.long, device=device))

    def _mask(self, pads: Sequence[int], length: int) -> Tensor:
        """Attention to the worked examples and to each text, not to the padding between them."""
        shared = [1] * len(self._shared)
        rows = [[*shared, *[0] * pad, *[1] * (length - pad)] for pad in pads]
        return torch.tensor(rows, device=self._loaded.model.device)

    def _run(
        self, rows: Sequence[Sequence[int]], mask: Tensor, cache: Any, *, keep: int
    ) -> tuple[Float[Tensor, "row token vocabulary"], Any]:
        """Log-probabilities after the last ``keep`` tokens of some rows, and the longer cache."""
        model = self._loaded.model
        ids = torch.tensor(rows, device=model.device)
        places = (mask.cumsum(dim=1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        options = {"position_ids": places} if self._takes_places else {}
        with torch.inference_mode():
            output = model(
                input_ids=ids,
                attention_mask=mask,
                past_key_values=cache,
                use_cache=True,
                logits_to_keep=keep,
                **options,
            )
            logits = output.logits[:, -keep:].float()
        return logits.log_softmax(dim=-1), output.past_key_values


def _give(search: SpanSearch, path: Ids, log_probs: Float[Tensor, "token vocabulary"]) -> None:
    """Give a search the log-probabilities that it wants, in one transfer from the device."""
    wanted = search.wanted(path)
    most = max(map(len, wanted))
    ids = torch.tensor([[*each, *[0] * (most - len(each))] for each in wanted])
    values = log_probs.gather(1, ids.to(log_probs.device))
    if values.isnan().any():
        raise UnsoundActivations(
            "The model's logits are not numbers, so no exact answer can be read. Try --dtype "
            "float32."
        )
    search.take(path, values.tolist())


def _select(cache: Any, rows: Tensor) -> Any:
    """A copy of some rows of a cache, which may grow without changing the original."""
    chosen = copy.copy(cache)
    chosen.layers = [copy.copy(layer) for layer in cache.layers]
    chosen.batch_select_indices(rows)
    return chosen
