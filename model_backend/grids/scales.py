"""Colour scales of a grid: intensity 0.5 to 1.0, and the positions that set its range.

Pure functions of NumPy arrays, between a measured grid and its figure.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Bool, Float

from model_backend.api.maps.measures import Measure

SINK_RATIO = 10.0
"""A position is a sink when its norm is at least this many times its row's median."""

PERCENTILES = (2.0, 98.0)


class Scale(StrEnum):
    """Colour scales; the value is the label that people see."""

    AUTO = "automatic"
    INTENSITY = "Intensity 0.5–1.0"  # noqa: RUF001 - people read this label
    RAW = "raw"
    LOG10 = "log10"

    def settle(self, measure: Measure, span: "Span") -> "Scale":
        """The scale itself; for ``AUTO`` the one on which a measure is read most easily.

        A colour range per layer has no one axis of values, so that it needs the intensity.
        """
        if self is not Scale.AUTO:
            return self
        if span.per_layer(measure):
            return Scale.INTENSITY
        return Scale.LOG10 if measure.spec.is_logarithmic else Scale.RAW


class Span(StrEnum):
    """Over which cells a colour range is found."""

    AUTO = "automatic"
    MAP = "whole map"
    LAYER = "per layer"

    def per_layer(self, measure: Measure) -> bool:
        """True if each layer has its own range; by default the measure decides."""
        if self is Span.AUTO:
            return measure.spec.per_layer
        return self is Span.LAYER


@dataclass(frozen=True, eq=False)
class ColourRange:
    """The values drawn lightest and darkest, for every row; ``low`` is above ``high`` where the
    lowest value is the darkest."""

    low: Float[np.ndarray, " row"]
    high: Float[np.ndarray, " row"]

    def intensity(self, values: Float[np.ndarray, "row token"]) -> Float[np.ndarray, "row token"]:
        """``0.5 + 0.5 * (v - low) / (high - low)``, not clipped.

        Below 0.5 and above 1.0 are values outside the range, drawn as 0.5 and 1.0; left unclipped,
        a value can be had back from its intensity. A row of equal values is 0.5 throughout.
        """
        low, span = self.low[:, None], (self.high - self.low)[:, None]
        return 0.5 + 0.5 * (values - low) / np.where(span != 0, span, 1.0)


@dataclass(frozen=True, eq=False)
class Colouring:
    """Numbers to draw for a grid: ``z`` on a colour axis from ``zmin`` to ``zmax``."""

    z: Float[np.ndarray, "row token"]
    zmin: float
    zmax: float
    range: ColourRange | None = None
    """Range that turns an intensity back into its value; None if ``z`` holds plain values."""


def colour(
    values: Float[np.ndarray, "row token"],
    scale: Scale,
    *,
    per_layer: bool = False,
    left_out: Bool[np.ndarray, "..."] | None = None,
    low_is_dark: bool = False,
) -> Colouring:
    """Place values on a colour axis, finding its range without what is ``left_out``.

    On the ``log10`` scale a value of zero or less has no place and is missing.

    Args:
        values: one for every cell.
        scale: the axis; ``AUTO`` is the values themselves.
        per_layer: whether each layer has an intensity range of its own.
        left_out: positions, or single cells, without a say in the range.
        low_is_dark: whether the lowest value has the highest intensity.
    """
    left_out = np.zeros(values.shape[1], dtype=bool) if left_out is None else left_out
    if scale is Scale.INTENSITY:
        range_ = colour_range(values, left_out, per_layer=per_layer)
        range_ = ColourRange(range_.high, range_.low) if low_is_dark else range_
        return Colouring(range_.intensity(values), 0.5, 1.0, range_)
    z = _log10(values) if scale is Scale.LOG10 else values
    low, high = _percentiles(np.where(left_out, np.nan, z))
    return Colouring(z, low, high if high > low else low + 1.0)


def colour_range(
    values: Float[np.ndarray, "row token"],
    left_out: Bool[np.ndarray, "..."],
    *,
    per_layer: bool,
) -> ColourRange:
    """The 2nd and 98th percentile of the finite values, over each row or over the whole map.

    A row without finite values gets the range 0 to 0.
    """
    kept = np.where(left_out, np.nan, values)
    rows = [_percentiles(row) for row in kept] if per_layer else [_percentiles(kept)] * len(kept)
    low, high = np.array(rows).T
    return ColourRange(low, high)


def _percentiles(values: Float[np.ndarray, "..."]) -> tuple[float, float]:
    finite = values[np.isfinite(values)].astype(np.float64)
    if not finite.size:
        return 0.0, 0.0
    low, high = np.percentile(finite, PERCENTILES)
    return float(low), float(high)


def _log10(values: Float[np.ndarray, "row token"]) -> Float[np.ndarray, "row token"]:
    logs = np.full_like(values, np.nan)
    return np.log10(values, out=logs, where=values > 0)


def find_sinks(residual_norm: Float[np.ndarray, "row token"]) -> Bool[np.ndarray, " token"]:
    """Positions of massive activations: those of ten times the median norm of any row.

    Such positions carry tens to thousands of times the norm of the rest (Sun et al. 2024,
    https://arxiv.org/abs/2402.17762) and would leave a colour range nothing to tell the others
    apart by. The first position of a causal model is usually one, and of an encoder hardly ever.
    If hardly any other would be left, none is named.
    """
    n_tokens = residual_norm.shape[1]
    median = np.median(residual_norm, axis=1, keepdims=True)
    sinks = (residual_norm >= SINK_RATIO * np.maximum(median, 1e-30)).any(axis=0)
    return sinks if n_tokens - sinks.sum() >= 2 else np.zeros(n_tokens, dtype=bool)
