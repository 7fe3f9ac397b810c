"""The cells of a map as a trace, their colours on both pages, and the bar that explains them."""

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.drawing.colours import DARK, LIGHT, Palette, one_hue, two_hues
from dashboard.maps.map_data import Colours
from model_backend import Colouring, LayerTokenGrid, Measure, Scale

GAP_UP_TO = 150
"""Cells are set apart by a thin gap on maps of at most this many tokens."""

AS_SHARES = frozenset({"probability", "P(correct)"})
"""Units that a bar of colours gives in percent."""

PERCENT = "~%"
"""Plotly's format of percentages; assets/map/fitting.js writes them as the page does."""

OF_TWO_TOKENS = frozenset({"logits"})
"""Units of measures whose names have the texts of their tokens."""


def draw_cells(grid: LayerTokenGrid, colouring: Colouring, colours: Colours) -> go.Heatmap:
    """The heatmap of a grid, in the colours of a light page."""
    low, high = ends_of(grid, colouring, colours)
    gap = 1 if len(grid.token_labels) <= GAP_UP_TO else 0
    title = _title(grid, colours)
    return go.Heatmap(
        z=colouring.z.astype(np.float32),
        zmin=low,
        zmax=high,
        colorscale=colour_scale(grid, colours, (low, high)),
        xgap=gap,
        ygap=gap,
        hoverongaps=False,
        colorbar={
            "title": {"text": title, "side": "right"},
            "thickness": 12,
            "outlinewidth": 0,
            **_ticks(grid, colours, (low, high)),
        },
        hovertemplate=f"layer %{{y}}<br>%{{x}}<br>{title} %{{z:.3r}}<extra></extra>",
    )


def ends_of(grid: LayerTokenGrid, colouring: Colouring, colours: Colours) -> tuple[float, float]:
    """The values at the lightest and the darkest end of the colour scale."""
    low, high = colours.ends or (colouring.zmin, colouring.zmax)
    middle = _middle(grid, colours)
    return (low, high) if middle is None else (min(low, middle), max(high, middle))


def colour_scale(
    grid: LayerTokenGrid, colours: Colours, ends: tuple[float, float], palette: Palette = LIGHT
) -> list[list[float | str]]:
    """The colour scale of a grid as Plotly takes it, from ``ends[0]`` to ``ends[1]``; an intensity
    is always light at 0.5.
    """
    middle = _middle(grid, colours)
    if middle is None:
        reverse = colours.low_is_dark and colours.scale is not Scale.INTENSITY
        return one_hue(palette, low_is_dark=reverse)
    neutral = Measure.named(grid.name) is not None or grid.unit in OF_TWO_TOKENS
    return two_hues(ends[0], middle, ends[1], neutral=neutral, palette=palette)


def dark_scale(grid: LayerTokenGrid, drawn: go.Heatmap, colours: Colours) -> list[Any]:
    """The colour scale of the same cells on a dark page."""
    return colour_scale(grid, colours, (drawn.zmin, drawn.zmax), DARK)


def _middle(grid: LayerTokenGrid, colours: Colours) -> float | None:
    return grid.midpoint if colours.scale is Scale.RAW else None


def value_form(grid: LayerTokenGrid, colours: Colours) -> str:
    """Plotly's format of the measure's values, by the rule of ``amount`` as far as Plotly can."""
    measure = Measure.named(grid.name)
    if colours.scale is Scale.LOG10:
        return ".2f"
    if grid.unit == "probability":
        return ".2p"
    if measure is not None and measure.spec.is_whole:
        return ",.0f"
    return ".3f" if grid.unit in AS_SHARES else ".3r"


def _title(grid: LayerTokenGrid, colours: Colours) -> str:
    if colours.scale is Scale.INTENSITY:
        return f"{grid.name}, intensity{' within its layer' if colours.per_layer else ''}"
    return f"{grid.name}, {grid.unit}" if grid.unit and not _is_share(grid) else grid.name


def _is_share(grid: LayerTokenGrid) -> bool:
    return grid.unit in AS_SHARES


def _ticks(grid: LayerTokenGrid, colours: Colours, ends: tuple[float, float]) -> dict[str, Any]:
    """The numbers at the bar: the measure's own, also where its logarithm is drawn."""
    if colours.scale is Scale.INTENSITY:
        return {"tickformat": ".1f"}
    if colours.scale is Scale.LOG10:
        return _log_ticks(*ends)
    return {"tickformat": PERCENT if is_in_percent(grid, colours) else "~g"}


def is_in_percent(grid: LayerTokenGrid, colours: Colours) -> bool:
    """True if the numbers at the bar of colours, and at the profiles, are percentages."""
    return _is_share(grid) and grid.midpoint is None and colours.scale is not Scale.LOG10


def _log_ticks(low: float, high: float) -> dict[str, Any]:
    """Round numbers at the places of their logarithms: 1, 10, 100, or closer where that is few."""
    for steps in ((1,), (1, 3), (1, 2, 5), range(1, 10)):
        powers = range(math.floor(low), math.floor(high) + 1)
        values = [step * 10.0**power for power in powers for step in steps]
        inside = [value for value in values if low - 1e-6 <= math.log10(value) <= high + 1e-6]
        if len(inside) >= 3:
            break
    texts = [f"{value:,.0f}" if 1 <= value < 1e6 else f"{value:.3g}" for value in inside]
    return {"tickvals": [math.log10(value) for value in inside], "ticktext": texts}
