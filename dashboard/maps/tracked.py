"""Chosen tokens as the measure of a map: whose tokens they are, and what to choose instead.

A token id means something to its own model only. Where the model changes, the same text is tracked
in the new one; where it has no such token, or the map came from a file without it, another measure
is chosen.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.maps.measure_choices import Tracked
from dashboard.page.labels import text_of
from model_backend import Backend, Inspection, Measure

INSTEAD = Measure.NEXT_TOKEN_PROBABILITY
"""Chosen where a token cannot be tracked."""


def settle_measure(
    backend: Backend, inspection: Inspection, measure: Measure, before: Mapping[str, Any] | None
) -> Measure:
    """The measure for this inspection; ``before`` is what the browser knew of the last one.

    ``Tracked.for_browser`` wrote it.
    """
    if not measure.token_ids or measure in inspection.grids:
        return measure
    if backend.holds(inspection.model):
        return INSTEAD
    known = (before or {}).get("tracked") or {}
    is_of_another = known.get("measure") == measure and known.get("model") != inspection.model
    if not is_of_another:
        return measure
    ids = find_ids(backend.vocabulary(inspection.model), known["texts"])
    return measure_of(measure.id, ids) if ids else INSTEAD


def find_ids(vocabulary: Sequence[str], texts: Sequence[str]) -> tuple[int, ...]:
    """The ids of some texts, each a token of this vocabulary; empty unless all are."""
    places = {text: token_id for token_id, text in reversed(list(enumerate(vocabulary)))}
    ids = tuple(places[text] for text in texts if text in places)
    return ids if len(ids) == len(texts) and len(set(ids)) == len(ids) else ()


def measure_of(id_: str, ids: Sequence[int]) -> Measure:
    """The measure of this id for these tokens, in the order of its arguments."""
    return Measure(id_, **dict(zip(("token", "other"), ids, strict=False)))


def tracked_of(
    backend: Backend, model: str, measure: Measure, before: Mapping[str, Any] | None = None
) -> Tracked | None:
    """A measure of chosen tokens with their texts; for any other measure the last one of this
    model, so that it can be chosen again."""
    if not measure.token_ids:
        known = (before or {}).get("tracked") or {}
        is_of_this = known.get("model") == model
        return Tracked(Measure(known["measure"]), model, known["texts"]) if is_of_this else None
    vocabulary = backend.vocabulary(model)
    texts = tuple(text_of(vocabulary, token_id) for token_id in measure.token_ids)
    return Tracked(measure, model, texts)
