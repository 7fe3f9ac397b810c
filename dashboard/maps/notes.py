"""Facts and notes about a map, in sentences."""

from collections.abc import Sequence

import numpy as np
from dash import html
from dash.development.base_component import Component
from jaxtyping import Float

from dashboard.maps.map_data import Look, Subject
from dashboard.page.labels import visible
from model_backend import ON_REQUEST, Measure, Scale, counted

MOST_NAMED_TOKENS = 12


def facts(subject: Subject) -> list[Component]:
    """What was measured, in one line: model, size, number type and revision."""
    inspection = subject.inspection
    n_rows, n_tokens, _ = inspection.top_ids.shape
    labels = inspection.grids[Measure.RESIDUAL_NORM].token_labels
    typed = [" " if special else label
             for label, special in zip(labels, inspection.is_special, strict=True)]  # fmt: skip
    said = [
        f"{inspection.model}: {subject.about or _beginning(typed)}",
        f"embedding + {counted(n_rows - 1, 'layer')}",
        counted(n_tokens, "token"),
        inspection.dtype,
        f"revision {inspection.revision[:10]}",
    ]
    return [html.Span(fact, className="fact") for fact in said]


def _beginning(labels: Sequence[str]) -> str:
    text = " ".join("".join(labels[:MOST_NAMED_TOKENS]).split())
    return f"{text} …" if len(labels) > MOST_NAMED_TOKENS else text


def notes(subject: Subject, look: Look) -> list[str]:
    """What a reader must know so as not to misread the map on screen."""
    inspection, grid = subject.inspection, subject.grid(look.measure, look.site)
    said = list(subject.notes)
    shown = zip(subject.positions, subject.is_sink, strict=True)
    sinks = list(dict.fromkeys(str(position) for position, is_sink in shown if is_sink))
    if sinks and not look.with_sinks:
        where = f"position{'s' if len(sinks) > 1 else ''} {', '.join(sinks[:8])}"
        more = f" and {len(sinks) - 8} more" if len(sinks) > 8 else ""
        ranges = "the ranges of colour and profile; may be clipped"
        what = ranges if look.ends is None else "the layers' means"
        said.append(f"▾ {where}{more}: a sink, left out of {what}.")
    labels = inspection.grids[Measure.RESIDUAL_NORM].token_labels
    typed = [labels[position] for position in inspection.is_special.nonzero()[0]]
    if typed:
        said.append(
            f"Special tokens in this text: {', '.join(map(visible, dict.fromkeys(typed)))}."
        )
    if look.measure in ON_REQUEST:
        said.append("Attention weights were computed for this measure; the others do without.")
    if look.scale is Scale.INTENSITY and not look.span.per_layer(look.measure):
        said += crowding(grid.values)
    if look.scale is Scale.LOG10 and (grid.values <= 0).any():
        said.append("Cells of zero or less have no logarithm and are blank.")
    return said


def crowding(values: Float[np.ndarray, "row token"]) -> list[str]:
    """What would show more, where all but a few cells have nearly one colour."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return []
    low, middle, high = np.percentile(finite, (2, 50, 98))
    if not low < high or 0.05 < (middle - low) / (high - low) < 0.95:
        return []
    ways = "a colour range per layer, or log10," if finite.min() > 0 else "a colour range per layer"
    return [f"Most cells have nearly one colour: {ways} shows more."]
