"""Patch maps whose numbers are made up, for a backend that has no model."""

from dataclasses import replace

import numpy as np

from model_backend import (
    PatchAnswer,
    PatchCell,
    PatchCellRequest,
    PatchCost,
    PatchMap,
    PatchRequest,
    PatchSetup,
    PatchSetupRequest,
    Prediction,
    layer_labels,
)
from model_backend.api.requests import Handlers

N_LAYERS = 4
PREDICTIONS = (Prediction(0, " Rome", 0.5), Prediction(1, " Lima", 0.25))


def patch_handlers() -> Handlers:
    """Answers to the requests of the Patch view."""
    return (
        Handlers()
        .on(PatchSetupRequest, lambda request: make_setup(request.patch))
        .on(PatchRequest, make_patch)
        .on(PatchCellRequest, open_patch)
    )


def make_setup(request: PatchRequest) -> PatchSetup:
    """Words as tokens, the pairs by position."""
    a, b = request.text_a.split(), (request.text_b or request.text_a).split()
    pairs = tuple(request.pairs) or tuple((at, at) for at in range(min(len(a), len(b))))
    problem = "" if len(a) == len(b) or request.pairs else "Use the proposed pairs."
    answers = (
        PatchAnswer(0, " Rome", 5.0, -5.0, 0.5, 0.125),
        PatchAnswer(1, " Lima", -5.0, 5.0, 0.25, 0.75),
    )
    return PatchSetup(
        tuple(a),
        tuple(b),
        tuple((one[0], one[1]) for one in pairs),
        tuple(at for at, (one, other) in enumerate(pairs) if a[one] != b[other]),
        PREDICTIONS,
        PREDICTIONS,
        answers,
        10.0,
        -10.0,
        "logits",
        PatchCost((N_LAYERS + 1) * len(b), len(b), 3.0, 2**21),
        problem,
    )


def make_patch(request: PatchRequest, n_exact: int = N_LAYERS + 1) -> PatchMap:
    """The token that differs carries the answer at first and the last one at the end."""
    setup = make_setup(request)
    shape = (N_LAYERS + 1, len(setup.tokens_b))
    effect = np.zeros(shape, np.float32)
    effect[:2, setup.differing[:1]] = 0.9
    effect[3:, -1] = 0.95
    effect[3, 0] = 1.5
    whole = PatchMap(
        model="fake",
        revision="1",
        dtype="float32",
        setup=setup,
        row_labels=layer_labels(N_LAYERS),
        column_labels=setup.tokens_b,
        first_layer=0,
        effect=effect,
        estimate=effect * np.float32(0.9),
        is_exact=np.ones(N_LAYERS + 1, bool),
        metric=effect * 20 - 10,
        logits=np.stack([effect, -effect], axis=-1),
        probabilities=np.stack([effect / 2, 1 - effect / 2], axis=-1),
    )
    is_exact = np.arange(N_LAYERS + 1) >= N_LAYERS + 1 - n_exact
    return replace(
        whole, is_exact=is_exact, effect=np.where(is_exact[:, None], effect, np.float32(np.nan))
    )


def open_patch(request: PatchCellRequest) -> PatchCell:
    """Two predictions, exchanged by the patch."""
    return PatchCell(PREDICTIONS, PREDICTIONS[::-1], PREDICTIONS[::-1])
