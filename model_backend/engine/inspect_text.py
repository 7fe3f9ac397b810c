"""From a model in memory and token ids to a map: the forward pass, the lens and the grids.

Imports torch; everything it returns but a trace is NumPy and strings.
"""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import torch

from model_backend.api.inspections import Inspection, Unavailable
from model_backend.api.maps.grid import LayerTokenGrid
from model_backend.api.maps.measure_specs import Needs
from model_backend.api.maps.measures import Measure
from model_backend.api.maps.sites import Site
from model_backend.engine.block_measures import Place
from model_backend.engine.forward import Trace, trace_with_measures
from model_backend.engine.lens import LensReadings, read_lens
from model_backend.engine.stream_measures import block_grids, measure_grids
from model_backend.engine.tokens import special_mask, token_labels
from model_backend.engine.unavailable import (
    NO_UNEMBEDDING,
    NOT_ASKED,
    absences,
    sink_note,
    why_no_resid_mid,
)
from model_backend.grids.scales import find_sinks
from model_backend.models.architecture import locate
from model_backend.models.discovery.parts import Lack
from model_backend.models.loaded import LoadedModel


def trace_tokens(
    loaded: LoadedModel,
    token_ids: Sequence[int],
    *,
    attention: bool = False,
    measures: Collection[Measure] = (),
) -> Trace:
    """One forward pass: the residual stream, and what was measured inside the blocks."""
    return trace_with_measures(
        loaded.model, torch.tensor(token_ids), attention=attention, measures=measures
    )


def inspect_trace(
    loaded: LoadedModel,
    token_ids: Sequence[int],
    trace: Trace,
    measures: Collection[Measure] = (),
) -> Inspection:
    """Every measure of every cell; ``measures`` are those with arguments."""
    ids = torch.tensor(token_ids)
    chosen = chosen_tokens(measures)
    readings = (
        read_lens(trace.residual, loaded.unembed, ids, chosen=chosen) if loaded.unembed else None
    )
    with loaded.tokenizing:
        texts = token_labels(loaded.tokenizer, list(token_ids))
        is_special = special_mask(loaded.tokenizer, list(token_ids))
    grids = measure_grids(trace.residual, readings, texts, (*Measure, *measures))
    inside = block_grids(trace.numbers, texts)
    top_ids, top_probs = _top(readings, shape=(*trace.residual.shape[:2], 0))
    return Inspection(
        model=loaded.card.name,
        revision=str(loaded.card.revision),
        dtype=str(loaded.card.dtype),
        token_ids=np.array(token_ids, dtype=np.int32),
        is_special=is_special,
        is_sink=find_sinks(grids[Measure.RESIDUAL_NORM].values),
        grids=grids | _at_first_site(inside),
        top_ids=top_ids,
        top_probs=top_probs,
        grids_at=_at_other_sites(inside),
        absences=_absences(loaded, trace),
    )


def chosen_tokens(measures: Collection[Measure]) -> tuple[int, ...]:
    """The token ids that measures of the logit lens ask for, each once."""
    of_lens = [one for one in measures if one.spec.needs is Needs.LENS]
    return tuple(dict.fromkeys(token_id for one in of_lens for token_id in one.token_ids))


def _top(
    readings: LensReadings | None, shape: tuple[int, int, int]
) -> tuple[np.ndarray, np.ndarray]:
    if readings is None:
        return np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.float32)
    return readings.top_ids.int().cpu().numpy(), readings.top_probs.float().cpu().numpy()


def _at_first_site(grids: Mapping[Place, LayerTokenGrid]) -> dict[Measure, LayerTokenGrid]:
    return {measure: grid for (measure, site), grid in grids.items() if _is_first(measure, site)}


def _at_other_sites(
    grids: Mapping[Place, LayerTokenGrid],
) -> dict[Site, dict[Measure, LayerTokenGrid]]:
    sites: dict[Site, dict[Measure, LayerTokenGrid]] = {}
    for (measure, site), grid in grids.items():
        if site is not None and not _is_first(measure, site):
            sites.setdefault(site, {})[measure] = grid
    return sites


def _is_first(measure: Measure, site: Site | None) -> bool:
    return site is None or site is measure.spec.sites[0]


def _absences(loaded: LoadedModel, trace: Trace) -> tuple[Unavailable, ...]:
    parts = locate(loaded.model)
    measured = any(measure.spec.on_request for measure, _ in trace.numbers)
    said = (parts.lacks.get(Lack.ATTENTION, ""), sink_note(parts.sink_share))
    no_attention = " ".join(filter(None, said))
    if parts.has_attention_weights and not measured:
        no_attention = NOT_ASKED
    no_lens = "" if loaded.unembed is not None else parts.lacks.get(Lack.LENS, NO_UNEMBEDDING)
    return absences(
        no_attention=no_attention,
        no_lens=no_lens,
        no_neurons=parts.lacks.get(Lack.NEURONS, ""),
        no_writes=parts.lacks.get(Lack.WRITES, ""),
        no_resid_mid="" if parts.mid_inputs else why_no_resid_mid(parts.name, parts.block_kind),
    )
