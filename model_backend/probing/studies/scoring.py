"""P(correct) of every layer and token of a text, by the probes that a study kept."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.api.definitions import UNITS
from model_backend.api.door import ModelCard
from model_backend.api.errors import BadRequest
from model_backend.api.grid import LayerTokenGrid, layer_labels
from model_backend.api.measures import Measure
from model_backend.api.sites import Site
from model_backend.api.study_requests import ProbeScoreRequest
from model_backend.api.study_results import ProbeStudy
from model_backend.engine.forward import Trace, trace_forward
from model_backend.engine.tokens import token_texts
from model_backend.logistic.newton import sigmoid
from model_backend.models.loaded import LoadedModel
from model_backend.probing.storage.study_files import Probes

EVEN = 0.5
"""The score of what is called as likely right as wrong."""


@dataclass(frozen=True)
class ScoredColumn:
    """A column of a map of scores; nothing is scored without a token, or without its probe."""

    token: int | None
    probe: int | None
    """Whose probe: the number of a position of the study."""
    name: str = ""


def check_fit(study: ProbeStudy, site: Site, probes: Probes, card: ModelCard) -> None:
    """Whether probes speak of a model's activations.

    Raises:
        BadRequest: the study was made with other weights, or its probes are of another shape.
    """
    name = study.card.study
    if str(card.revision) != study.card.revision:
        raise BadRequest(
            f"The study {name} was made with other weights than those of {card.name} "
            f"({study.card.revision[:12]}, here {str(card.revision)[:12]}): its probes say nothing "
            "of these."
        )
    shape = ((card.n_layers or 0) + 1, len(study.positions), card.hidden_size)
    if probes.weights.shape != shape or probes.intercepts.shape != shape[:2]:
        raise BadRequest(
            f"The probes of the study {name} at {site} have the shape {probes.weights.shape}; "
            f"for {card.name} it is {shape}."
        )


def check_site(study: ProbeStudy, site: Site) -> None:
    """Whether a study has probes there.

    Raises:
        BadRequest: it has none.
    """
    if site not in study.request.probed:
        there = ", ".join(study.request.probed)
        name = study.card.study
        raise BadRequest(f"The study {name} has no probes at {site}; it has them at {there}.")


def trace_site(loaded: LoadedModel, token_ids: Sequence[int], site: Site) -> Trace:
    """A forward pass that keeps what passes a site inside the blocks."""
    return trace_forward(loaded.model, torch.tensor(token_ids), inside=(site,))


def score_trace(
    loaded: LoadedModel,
    trace: Trace,
    token_ids: Sequence[int],
    request: ProbeScoreRequest,
    *,
    by: tuple[ProbeStudy, Probes],
) -> LayerTokenGrid:
    """The map of a request, from a forward pass that kept the site of its probes.

    Raises:
        BadRequest: a column is of a token that the text has not.
    """
    study, probes = by
    site = request.site or study.card.best.cell.site
    columns = _columns(study, request, len(token_ids))
    with loaded.tokenizing:
        texts = token_texts(loaded.tokenizer, list(token_ids))
    rows = [trace.residual[0], *trace.at(site)]
    named = tuple(column.name for column in columns) if request.columns else ()
    return LayerTokenGrid(
        name=Measure.PROBE_SCORE.value,
        values=score_cells(rows, probes, columns),
        layer_labels=layer_labels(len(rows) - 1),
        token_labels=tuple("" if at.token is None else texts[at.token] for at in columns),
        unit=UNITS[Measure.PROBE_SCORE],
        midpoint=EVEN,
        site=site.value,
        column_names=named,
        column_positions=tuple(column.token for column in columns) if named else (),
        source=source_of(study),
    )


def score_cells(
    rows: Sequence[Tensor], probes: Probes, columns: Sequence[ScoredColumn]
) -> Float[np.ndarray, "row column"]:
    """P(correct) of every row at every column; NaN where there is no token or no probe.

    A row at a time: all rows of a long text in float32 would be as large again as the trace.
    """
    there = [(at, column.token, column.probe) for at, column in enumerate(columns)
             if column.token is not None and column.probe is not None]  # fmt: skip
    scored, tokens, those = np.array(there, dtype=int).reshape(-1, 3).T
    values = np.full((len(rows), len(columns)), np.nan, dtype=np.float32)
    for row, vectors in enumerate(rows):
        taken = vectors[torch.from_numpy(tokens.copy())].float().cpu().numpy()
        logits = (taken * probes.weights[row, those]).sum(axis=1) + probes.intercepts[row, those]
        values[row, scored] = sigmoid(logits)
    return values


def source_of(study: ProbeStudy) -> str:
    """What is to be known of a study by whoever reads one of its scores."""
    card = study.card
    chance = ", within reach of chance" if card.best.nested.low <= EVEN else ""
    return f"study of {card.dataset}, {card.n:,} answers, nested AUC {card.best.nested}{chance}"


def _columns(
    study: ProbeStudy, request: ProbeScoreRequest, n_tokens: int
) -> tuple[ScoredColumn, ...]:
    known = {name: number for number, name in enumerate(study.positions)}
    if not request.columns:
        best = study.card.best.cell.position
        probe = known.get(request.position) if request.position else best
        return tuple(ScoredColumn(token, probe) for token in range(n_tokens))
    for name, token in request.columns:
        if token is not None and not 0 <= token < n_tokens:
            raise BadRequest(f"There is no token {token} for {name}: the text has {n_tokens:,}.")
    return tuple(ScoredColumn(token, known.get(name), name) for name, token in request.columns)
