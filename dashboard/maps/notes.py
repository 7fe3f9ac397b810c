"""Facts and notes about a map, in sentences."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float

from dashboard.maps.inspection_map import InspectionMap
from dashboard.maps.map_data import MapData
from dashboard.maps.view_options import ViewOptions
from dashboard.page.labels import visible
from model_backend import Measure, Scale, counted, join_labels, masked_rows

MOST_NAMED_TOKENS = 12


def inspection_facts(found: InspectionMap) -> tuple[str, ...]:
    """Facts for the line above a map: model, size, number type and revision."""
    inspection = found.inspection
    n_rows, n_tokens, _ = inspection.top_ids.shape
    labels = inspection.grids[Measure.RESIDUAL_NORM].token_labels
    typed = [" " if special else label
             for label, special in zip(labels, inspection.is_special, strict=True)]  # fmt: skip
    return (
        f"{inspection.model}: {found.about or _beginning(typed)}",
        f"embedding + {counted(n_rows - 1, 'layer')}",
        counted(n_tokens, "token"),
        inspection.dtype,
        f"revision {inspection.revision[:10]}",
    )


def _beginning(labels: Sequence[str]) -> str:
    pieces = [label for label in labels if join_labels([label])]
    text = " ".join("".join(pieces[:MOST_NAMED_TOKENS]).split())
    return f"{text} …" if len(pieces) > MOST_NAMED_TOKENS else text


def inspection_notes(found: InspectionMap, options: ViewOptions) -> Iterator[str]:
    """Notes on the columns, the sinks and the special tokens of a text."""
    yield from found.notes
    inspection = found.inspection
    shown = zip(found.positions, found.is_sink, strict=True)
    sinks = list(dict.fromkeys(str(position) for position, is_sink in shown if is_sink))
    if sinks and not options.with_sinks:
        yield _sinks(sinks, is_fixed=options.colours.is_fixed)
    yield from _masked(found, options)
    labels = inspection.grids[Measure.RESIDUAL_NORM].token_labels
    typed = [labels[position] for position in inspection.is_special.nonzero()[0]]
    if typed:
        yield f"Special tokens in this text: {', '.join(map(visible, dict.fromkeys(typed)))}."
    yield from _empty_rows(found, options)


def _empty_rows(found: InspectionMap, options: ViewOptions) -> Iterator[str]:
    """Say why some rows of a measure are empty, or what is missing from its numbers."""
    for absence in found.inspection.absences:
        if absence.measure == options.measure and absence.site in (None, options.site):
            yield absence.reason


def _sinks(positions: Sequence[str], *, is_fixed: bool) -> str:
    where = ", ".join(positions[:8])
    more = f" and {len(positions) - 8} more" if len(positions) > 8 else ""
    what = "the layers' medians" if is_fixed else "colours and profiles; colours may be clipped"
    if len(positions) == 1:
        return f"▾ position {where} is a sink: left out of {what}."
    return f"▾ positions {where}{more} are sinks: left out of {what}."


def _masked(found: InspectionMap, options: ViewOptions) -> Iterator[str]:
    """Say once what is grey and why."""
    if masked_rows(options.measure, options.site):
        yield (
            "Grey: the embedding, read for completeness. No block has worked on it, so it does "
            "not count for colours and profiles."
        )
    few = len(found.columns_over_few(options.measure))
    if few:
        yield (
            f"Grey: the last {counted(few, 'token')}, which too few later tokens can attend to "
            "for a mean. They do not count for colours and profiles."
        )


def map_notes(map_: MapData) -> list[str]:
    """Notes a reader needs in order not to misread the map on screen."""
    said, colours = list(map_.notes), map_.colours
    values = map_.counted
    if colours.scale is Scale.INTENSITY and not colours.per_layer:
        said += crowding(values)
    if colours.scale is Scale.LOG10 and (values <= 0).any():
        said.append("Cells of zero or less have no logarithm and are blank.")
    if map_.missing_rows:
        said.append(missing_rows(map_))
    return said


def missing_rows(map_: MapData) -> str:
    """Sentence on how many rows are not computed yet."""
    labels = [map_.grid.layer_labels[row] for row in map_.missing_rows]
    which = f": {', '.join(labels)}" if len(labels) <= MOST_NAMED_TOKENS else ""
    return f"{len(labels)} of {len(map_.grid.values)} layers are not computed yet{which}."


def crowding(values: Float[np.ndarray, "row token"]) -> list[str]:
    """Suggest a scale that shows more, if nearly all cells have the same colour."""
    finite = values[np.isfinite(values)]
    if not finite.size:
        return []
    low, middle, high = np.percentile(finite, (2, 50, 98))
    if not low < high or 0.05 < (middle - low) / (high - low) < 0.95:
        return []
    ways = "a colour range per layer, or log10," if finite.min() > 0 else "a colour range per layer"
    return [f"Most cells have nearly one colour: {ways} shows more."]
