"""Everything a patch map is made from: both texts run, the answers, and what replaces each cell."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.answering.prompts import prompt_for
from model_backend.api.errors import BadRequest, UnknownArchitecture
from model_backend.api.patching import PatchForm, PatchMetric, PatchRequest, PatchSite, PatchWay
from model_backend.engine.patching.answers import Answers, choose_answers
from model_backend.engine.patching.cells import Patching, rows_after_writes
from model_backend.engine.patching.pairing import Pairing, pair_tokens
from model_backend.engine.patching.readings import (
    Reader,
    Reading,
    make_reader,
    mean_reading,
)
from model_backend.engine.patching.texts import (
    Run,
    count_heads,
    draw_noise,
    noised_embeddings,
    run_text,
)
from model_backend.engine.running import give_way
from model_backend.engine.tokens import encode
from model_backend.models.architecture import Architecture, locate
from model_backend.models.loaded import LoadedModel

DRAWS = 10
"""Draws of noise, the same for every cell."""


@dataclass(frozen=True, eq=False)
class Texts:
    """Both texts, run. There are several runs of B where it is text A with noise."""

    parts: Architecture
    a: Run
    b: tuple[Run, ...]
    pairing: Pairing
    answers: Answers


@dataclass(frozen=True, eq=False)
class Prepared:
    """All that the rows of a map are made from."""

    texts: Texts
    reader: Reader
    reading_a: Reading
    reading_b: Reading
    """The mean over all runs of B; for a knock-out as A."""
    way: PatchWay
    site: PatchSite
    patchings: tuple[Patching, ...]
    """One for every run of the text that is changed."""

    @property
    def parts(self) -> Architecture:
        """The model's parts."""
        return self.texts.parts

    @property
    def columns(self) -> int:
        """Columns of the map: tokens of the text that is changed, or heads."""
        if self.site is PatchSite.HEADS:
            return count_heads(self.parts)
        return len(self.patchings[0].base.ids)

    @property
    def gap(self) -> float:
        """The metric's difference between both texts."""
        return float(self.reading_a.metric[0] - self.reading_b.metric[0])

    def effect(self, metric: Float[Tensor, " cell"]) -> Float[Tensor, " cell"]:
        """Effect of cells with which the metric is this."""
        if self.way.is_knock_out:
            return self.reading_a.metric - metric
        if self.way is PatchWay.NOISING:
            return (self.reading_a.metric - metric) / self.gap
        return (metric - self.reading_b.metric) / self.gap


def run_texts(loaded: LoadedModel, request: PatchRequest) -> Texts:
    """Run both texts once and settle pairs and answers.

    Raises:
        BackendError: a text cannot be run, or an answer cannot be read.
    """
    if loaded.unembed is None:
        raise UnknownArchitecture(
            f"{loaded.card.name} is an encoder: it predicts no next token, so there is no answer "
            "to bring back. Choose a model that continues a text."
        )
    parts, way = locate(loaded.model), PatchWay(request.way)
    ids_a = token_ids(loaded, request, "A")
    ids_b = token_ids(loaded, request, "B") if way.needs_b else ids_a
    a = _run(loaded, parts, ids_a, request)
    if way is PatchWay.GAUSSIAN:
        b = tuple(_noised_runs(loaded, parts, ids_a, request))
    else:
        b = (_run(loaded, parts, ids_b, request),) if way.needs_b else (a,)
    pairing = pair_tokens(ids_a, ids_b, request.pairs, request.noised)
    return Texts(parts, a, b, pairing, choose_answers(loaded, request, a, b[0]))


def prepare(texts: Texts, request: PatchRequest) -> Prepared:
    """Put together what the rows of a map are made from."""
    way, site = PatchWay(request.way), PatchSite(request.site)
    reader = make_reader(PatchMetric(request.metric), texts.answers.ids, texts.a.logits)
    reading_a = reader.read(texts.a.logits[None])
    reading_b = mean_reading([reader.read(run.logits[None]) for run in texts.b])
    bases = (texts.a,) if way is PatchWay.NOISING or way.is_knock_out else texts.b
    pairs = texts.pairing.pairs
    if way is PatchWay.NOISING:
        pairs = tuple((b, a) for a, b in pairs)
    donor = texts.b[0] if way is PatchWay.NOISING else texts.a
    found = [_patching(texts.parts, request, base, donor, pairs) for base in bases]
    return Prepared(texts, reader, reading_a, reading_b, way, site, tuple(found))


def token_ids(loaded: LoadedModel, request: PatchRequest, name: str) -> tuple[int, ...]:
    """The tokens of text A or B in the form that is asked for, if the model takes them.

    Raises:
        BadRequest: there are none, or more than the model's context.
        BackendError: the chat template does not take a question on its own.
    """
    text = request.text_a if name == "A" else request.text_b
    if request.form == PatchForm.QUESTION:
        ids = prompt_for(loaded, text).token_ids
    else:
        with loaded.tokenizing:
            ids = tuple(encode(loaded.tokenizer, text))
    if not ids:
        raise BadRequest(f"{loaded.card.name} makes no tokens of text {name}. Type another.")
    limit = loaded.card.max_tokens or len(ids)
    if len(ids) > limit:
        raise BadRequest(
            f"Text {name} has {len(ids):,} tokens; {loaded.card.name} takes {limit:,} at most. "
            "Shorten it."
        )
    loaded.check_ids(ids)
    return ids


def _run(
    loaded: LoadedModel, parts: Architecture, ids: Sequence[int], request: PatchRequest
) -> Run:
    return run_text(parts, loaded.unembed, loaded.model, ids, PatchSite(request.site))


def _noised_runs(
    loaded: LoadedModel, parts: Architecture, ids: Sequence[int], request: PatchRequest
) -> Any:
    if request.noised[-1] >= len(ids):
        raise BadRequest(
            f"Text A has {len(ids)} tokens, from 0 to {len(ids) - 1}; there is no token "
            f"{request.noised[-1]} to add noise to."
        )
    for draw in range(DRAWS):
        noise = draw_noise(parts, ids, request.noised, request.seed + draw)
        with noised_embeddings(parts, noise):
            run = _run(loaded, parts, ids, request)
        give_way()
        yield run


def _patching(
    parts: Architecture,
    request: PatchRequest,
    base: Run,
    donor: Run,
    pairs: Sequence[tuple[int, int]],
) -> Patching:
    """Replace the cells of ``base``; pairs are a position in the donor and one in the base."""
    site = PatchSite(request.site)
    own = base.residual if base.written is None else base.written
    theirs = donor.residual if donor.written is None else donor.written
    donors, paired = own.clone(), tuple(at for _, at in pairs)
    if request.way == PatchWay.ZERO:
        donors = torch.zeros_like(own)
    elif request.way == PatchWay.MEAN:
        donors = own.mean(dim=1, keepdim=True).expand_as(own)
    else:
        donors[:, list(paired)] = theirs[:, [at for at, _ in pairs]]
    found = Patching(parts, site, request.window, base, donors, tuple(sorted(paired)))
    if found.is_of_vectors and base.written is not None:
        rows = rows_after_writes(parts, site, base, donors, paired)
        return replace(found, donors=rows)
    return found
