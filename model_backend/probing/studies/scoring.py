"""Scores every layer and token of a text with the probes of a finished study: P(correct)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from model_backend.api.door import ModelCard
from model_backend.api.errors import BadRequest
from model_backend.api.maps.grid import LayerTokenGrid, layer_labels
from model_backend.api.maps.measures import Measure
from model_backend.api.maps.sites import Site
from model_backend.api.study_requests import ProbeScoreRequest
from model_backend.api.study_results import ProbeStudy
from model_backend.engine.forward import Trace, trace_forward
from model_backend.engine.tokens import token_labels
from model_backend.measures.inputs import ProbedRow
from model_backend.models.loaded import LoadedModel
from model_backend.probing.storage.study_files import Probes

EVEN = 0.5
"""P(correct) of an answer that is as likely right as wrong."""


@dataclass(frozen=True)
class ScoredColumn:
    """A column of a map of scores; it stays empty without a token or without a probe."""

    token: int | None
    probe: int | None
    """Index of the named position whose probe is used."""
    name: str = ""


def check_fit(study: ProbeStudy, site: Site, probes: Probes, card: ModelCard) -> None:
    """Check that a study's probes belong to a model.

    Raises:
        BadRequest: the study used other weights, or its probes have another shape.
    """
    name = study.card.study
    if str(card.revision) != study.card.revision:
        raise BadRequest(
            f"The study {name} was made with other weights than those of {card.name} "
            f"({study.card.revision[:12]}, here {str(card.revision)[:12]}), so its probes do not "
            "apply. Choose a study of this model."
        )
    shape = ((card.n_layers or 0) + 1, len(study.positions), card.hidden_size)
    if probes.weights.shape != shape or probes.intercepts.shape != shape[:2]:
        raise BadRequest(
            f"The probes of the study {name} at {site} have the shape {probes.weights.shape}; "
            f"for {card.name} it is {shape}."
        )


def check_site(study: ProbeStudy, site: Site) -> None:
    """Check that a study has probes at a site.

    Raises:
        BadRequest: it has no probes there.
    """
    if site not in study.request.probed:
        there = ", ".join(study.request.probed)
        name = study.card.study
        raise BadRequest(f"The study {name} has no probes at {site}; it has them at {there}.")


def trace_site(loaded: LoadedModel, token_ids: Sequence[int], site: Site) -> Trace:
    """Run a forward pass that keeps the activations at a site inside the blocks."""
    return trace_forward(loaded.model, torch.tensor(token_ids), inside=(site,))


def score_trace(
    loaded: LoadedModel,
    trace: Trace,
    token_ids: Sequence[int],
    request: ProbeScoreRequest,
    *,
    by: tuple[ProbeStudy, Probes],
) -> LayerTokenGrid:
    """Build the requested map of scores from a trace of ``trace_site``.

    Args:
        by: the study and its probes at the site.

    Raises:
        BadRequest: a column names a token beyond the end of the text.
    """
    study, probes = by
    site = request.site or study.card.best.cell.site
    columns = _columns(study, request, len(token_ids))
    with loaded.tokenizing:
        texts = token_labels(loaded.tokenizer, list(token_ids))
    rows = [trace.residual[0], *trace.at(site)]
    named = tuple(column.name for column in columns) if request.columns else ()
    spec = Measure.PROBE_SCORE.spec
    return LayerTokenGrid(
        name=spec.label,
        values=score_cells(rows, probes, columns),
        layer_labels=layer_labels(len(rows) - 1),
        token_labels=tuple("" if at.token is None else texts[at.token] for at in columns),
        unit=spec.unit,
        midpoint=spec.midpoint,
        site=site.value,
        column_names=named,
        column_positions=tuple(column.token for column in columns) if named else (),
        source=describe_source(study),
    )


def score_cells(
    rows: Sequence[Tensor], probes: Probes, columns: Sequence[ScoredColumn]
) -> Float[np.ndarray, "row column"]:
    """P(correct) for every row and column; NaN without a token or a probe.

    Rows are converted to float32 one at a time, since all at once would double the memory.
    """
    there = [(at, column.token, column.probe) for at, column in enumerate(columns)
             if column.token is not None and column.probe is not None]  # fmt: skip
    scored, tokens, those = np.array(there, dtype=int).reshape(-1, 3).T
    values = np.full((len(rows), len(columns)), np.nan, dtype=np.float32)
    for row, vectors in enumerate(rows):
        taken = vectors[torch.from_numpy(tokens.copy())].float().cpu()
        weights, intercepts = probes.weights[row, those], probes.intercepts[row, those]
        probed = ProbedRow(taken, torch.from_numpy(weights), torch.from_numpy(intercepts))
        values[row, scored] = Measure.PROBE_SCORE.compute(probed).numpy()
    return values


def describe_source(study: ProbeStudy) -> str:
    """Describe a study in a few words for readers of its scores: data set, size, nested AUC."""
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
