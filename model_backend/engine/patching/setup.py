"""Facts before a map is made: tokens, pairs, answers, the gap, the cost, and what forbids it."""

import time
from collections.abc import Iterator
from weakref import WeakKeyDictionary

import torch
from torch import nn

from model_backend.api.patching import (
    SMALLEST_GAP,
    PatchCost,
    PatchMetric,
    PatchRequest,
    PatchSetup,
    PatchSite,
    PatchWay,
)
from model_backend.engine.patching.answers import check_answers, likeliest, read_answers
from model_backend.engine.patching.block_calls import BlockCalls
from model_backend.engine.patching.prepare import Prepared, Texts
from model_backend.engine.patching.readings import rounding_noise
from model_backend.engine.patching.rows import BUDGET, RowMaker
from model_backend.engine.tokens import token_texts
from model_backend.models.loaded import LoadedModel

MOST_TOKENS = 512
"""A map of more tokens would take hours: cells grow with the tokens, and each of them too."""
TIMES_ROUNDING = 20
LARGEST_ERROR = 1e-2
"""Error, of the largest activation, up to which a text's row 0 makes its last row."""
_BYPASSED: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()
"""By model: True if blocks read more of a text than the stream."""
UNITS = {
    PatchMetric.LOGIT_DIFFERENCE: "logits",
    PatchMetric.PROBABILITY: "probability",
    PatchMetric.KL: "bits",
}


def describe(loaded: LoadedModel, prepared: Prepared, request: PatchRequest) -> PatchSetup:
    """Say everything that is known before a map is made."""
    texts = prepared.texts
    answers = read_answers(loaded, texts.answers, texts.a, texts.b[0])
    names = [answer.text for answer in answers]
    problem = _first(
        _problems(texts, request),
        check_answers(texts.answers, names),
        _gap(prepared, request),
        _bypass(prepared),
    )
    pairing = texts.pairing
    return PatchSetup(
        tokens_a=_tokens(loaded, texts.a.ids),
        tokens_b=_tokens(loaded, texts.b[0].ids),
        pairs=pairing.pairs,
        differing=pairing.differing,
        likeliest_a=likeliest(loaded, texts.a.logits),
        likeliest_b=likeliest(loaded, texts.b[0].logits),
        answers=answers,
        metric_a=_shown(prepared, float(prepared.reading_a.metric[0])),
        metric_b=_shown(prepared, float(prepared.reading_b.metric[0])),
        unit=UNITS[PatchMetric(request.metric)],
        cost=_cost(loaded, prepared, runs=not problem),
        problem=problem,
        notes=(*texts.answers.notes, *_notes(prepared)),
    )


def too_long(texts: Texts) -> str:
    """Reason why texts are too long for a map, which is known before a cell is run; else empty."""
    most = max(len(run.ids) for run in (texts.a, *texts.b))
    if most <= MOST_TOKENS:
        return ""
    cells = most * (texts.parts.n_layers + 1)
    runs = cells * most * texts.parts.n_layers / 4
    seconds = runs * _parameters(texts) * 2 / 5e10
    return (
        f"A map of {most:,} tokens has {cells:,} cells and would take about "
        f"{max(1, round(seconds / 60)):,} min on two cores and up to {BUDGET >> 20} MB beside the "
        f"model. Patch takes {MOST_TOKENS} tokens at most. Shorten the texts."
    )


def _parameters(texts: Texts) -> int:
    """Weights of one block."""
    return sum(weight.numel() for weight in texts.parts.blocks[0].parameters())


def _problems(texts: Texts, request: PatchRequest) -> str:
    n_a, n_b = len(texts.a.ids), len(texts.b[0].ids)
    if PatchWay(request.way).needs_b and texts.a.ids == texts.b[0].ids:
        return "Both texts are the same tokens, so nothing would be put in. Change one of them."
    if texts.pairing.is_proposed:
        return (
            f"Text A has {n_a} tokens and text B {n_b}. Pair the tokens that stand for each other, "
            "or use the proposed pairs."
        )
    if n_a == 1 and request.site != "heads":
        return "Text A is a single token, so there is nothing to locate. Type a longer text."
    if not texts.pairing.differing and request.way == PatchWay.GAUSSIAN:
        return "No token is noised. Choose some."
    return too_long(texts)


def _gap(prepared: Prepared, request: PatchRequest) -> str:
    """Reason why the gap is too small for a map; empty if it is not."""
    if prepared.way.is_knock_out:
        return ""
    unit, smallest = f" {UNITS[PatchMetric(request.metric)]}", SMALLEST_GAP[request.metric]
    unit = "" if unit.strip() == request.metric else unit
    runs = (prepared.texts.a, prepared.texts.b[0])
    if request.metric == PatchMetric.LOGIT_DIFFERENCE:
        dtype = prepared.texts.a.residual.dtype
        noise = TIMES_ROUNDING * rounding_noise(dtype, *(run.logits for run in runs))
        smallest = max(smallest, noise)
    if abs(prepared.gap) >= smallest:
        return ""
    a, b = (float(one.metric[0]) for one in (prepared.reading_a, prepared.reading_b))
    shown = [f"{_shown(prepared, value):.3g}" for value in (a, b)]
    return (
        f"The {request.metric} is {shown[0]}{unit} in A and {shown[1]} in B: a gap of "
        f"{abs(prepared.gap):.2g}, and under {smallest:.2g} every cell would be noise. Choose "
        "texts or answers that differ more."
    )


@torch.inference_mode()
def _bypass(prepared: Prepared) -> str:
    """Reason why a row does not hold all that a model knows of a text; empty if it does.

    Row 0 of A, all of it, must make A's own last row in B's pass. It does not where blocks read
    token ids by a way of their own, as per-layer embeddings do.
    """
    texts, parts = prepared.texts, prepared.parts
    a, b = texts.a, texts.b[0]
    if prepared.site is not PatchSite.RESID_POST or len(a.ids) != len(b.ids) or a.ids == b.ids:
        return ""
    if parts.body not in _BYPASSED:
        calls, states = BlockCalls(parts, torch.tensor(b.ids)[None]), a.residual[0][None]
        for layer in range(parts.n_layers):
            states = calls.run(layer, states)
        error, size = (states[0, -1] - a.residual[-1, -1]).abs().max(), a.residual[-1, -1].abs()
        allowed = max(LARGEST_ERROR, 32 * torch.finfo(states.dtype).eps)
        _BYPASSED[parts.body] = bool(error > allowed * size.max())
    if not _BYPASSED[parts.body]:
        return ""
    return (
        "Layers of this model read the tokens beside the stream, as with per-layer embeddings, so "
        "that a row of A does not bring all of A. Choose attn_out or mlp_out to patch."
    )


def _shown(prepared: Prepared, metric: float) -> float:
    """The metric as it is shown: KL as a distance, which is not negative."""
    return abs(metric) if prepared.reader.metric is PatchMetric.KL else metric


def _notes(prepared: Prepared) -> Iterator[str]:
    if prepared.gap < 0 and not prepared.way.is_knock_out:
        yield (
            "B prefers A's answer more than A does, so the gap is negative. 1 still means that a "
            "cell changes all of it."
        )


def _cost(loaded: LoadedModel, prepared: Prepared, *, runs: bool) -> PatchCost:
    """Time the dearest kind of step once, and count the others in its unit."""
    patching = prepared.patchings[0]
    maker = RowMaker(loaded, prepared)
    per_row = {row: len(maker.cells_to_run(row)) for row in patching.rows}
    cells = len(patching.rows) * prepared.columns
    n_runs = sum(per_row.values()) * len(prepared.patchings)
    if not runs or not n_runs:
        return PatchCost(cells, n_runs, 0.0, 0)
    one = maker.time_block(time.perf_counter)
    steps = sum((patching.parts.n_layers - row + 0.5) for row, n in per_row.items() if n)
    return PatchCost(cells, n_runs, one * steps * len(prepared.patchings), maker.most_bytes)


def _tokens(loaded: LoadedModel, ids: tuple[int, ...]) -> tuple[str, ...]:
    with loaded.tokenizing:
        return token_texts(loaded.tokenizer, list(ids))


def _first(*sentences: str) -> str:
    return next((sentence for sentence in sentences if sentence), "")
