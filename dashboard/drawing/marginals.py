"""The profiles beside a map: median and 10-90 % band of every layer and of every token."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Bool, Float, Int

SHARES = (0.1, 0.5, 0.9)
LINE = "#3b8fd6"
SIGNIFICANT = ".3r"
"""Three digits, as Plotly is told to write them."""
FILL = "rgba(76, 151, 211, 0.25)"


def layer_profile(
    values: Float[np.ndarray, "row token"],
    left_out: Bool[np.ndarray, " token"],
    masked: Bool[np.ndarray, "row token"],
    form: str = SIGNIFICANT,
) -> list[go.Scatter]:
    """Median and band of every layer over the tokens not left out, on the map's layer axis.

    ``form`` is how Plotly writes a value that is pointed at.
    """
    over = "all columns but those marked above" if left_out.any() else "all columns"
    axes = {"xaxis": "x2", "yaxis": "y"}
    told = f"layer %{{y}}<br>median of {over} %{{x:{form}}}"
    return _profile(_summary(np.where(left_out | masked, np.nan, values)), "x", axes, told)


def token_profile(
    values: Float[np.ndarray, "row token"],
    masked: Bool[np.ndarray, "row token"],
    form: str = SIGNIFICANT,
) -> list[go.Scatter]:
    """Median and band of every token over the layers, on the map's token axis."""
    axes = {"xaxis": "x", "yaxis": "y2"}
    told = f"%{{x}}<br>median of all layers %{{y:{form}}}"
    return _profile(_summary(np.where(masked, np.nan, values).T), "y", axes, told)


def profile_range(
    values: Float[np.ndarray, "row token"],
    left_out: Bool[np.ndarray, " token"],
    masked: Bool[np.ndarray, "row token"],
) -> list[float] | None:
    """The token profile's range, found without the positions left out; None if all is equal."""
    profile = _summary(np.where(left_out | masked, np.nan, values).T)
    bottom, top = np.nanmin(profile, initial=np.inf), np.nanmax(profile, initial=-np.inf)
    if not top > bottom:
        return None
    margin = 0.05 * (top - bottom)
    return [float(bottom - margin), float(top + margin)]


def _summary(values: Float[np.ndarray, "group member"]) -> Float[np.ndarray, "3 group"]:
    """10th percentile, median and 90th percentile of each group; NaN without finite values."""
    finite = np.isfinite(values)
    ordered = np.sort(np.where(finite, values, np.nan).astype(np.float64), axis=1)  # NaN go last
    count = finite.sum(axis=1)
    return np.stack([_quantile(ordered, count, share) for share in SHARES]).astype(np.float32)


def _quantile(
    ordered: Float[np.ndarray, "group member"], count: Int[np.ndarray, " group"], share: float
) -> Float[np.ndarray, " group"]:
    """The quantile of the first ``count`` of each ordered group, between neighbours linearly."""
    place = share * np.maximum(count - 1, 0)
    below = np.floor(place).astype(int)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    group = np.arange(len(ordered))
    weight = place - below
    return (1 - weight) * ordered[group, below] + weight * ordered[group, above]


def _profile(
    summary: Float[np.ndarray, "3 group"], along: str, axes: dict[str, str], told: str
) -> list[go.Scatter]:
    """A band for every run of groups that have values, and the line of the medians.

    Args:
        summary: 10th percentile, median and 90th percentile of each group.
        along: the direction of the values, ``x`` or ``y``.
        axes: which axes of the figure they are on.
        told: what the line says when it is hovered.
    """
    low, median, high = summary
    place = "y" if along == "x" else "x"
    quiet = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
    looks = {"showlegend": False, f"d{place}": 1, **axes}
    fill = {"fill": f"tonext{along}", "fillcolor": FILL}
    runs = _runs(np.isfinite(median))
    bands = [
        go.Scatter(**{along: edge[first:end], f"{place}0": first}, **quiet, **looks, **filled)
        for first, end in runs
        for edge, filled in ((low, {}), (high, fill))
    ]
    alone = any(end - first == 1 for first, end in runs)  # no line leads to or from it
    line = go.Scatter(
        **{along: median, f"{place}0": 0},
        **looks,
        mode="lines+markers" if alone else "lines",
        line={"width": 1.5, "color": LINE},
        marker={"size": 4},
        hovertemplate=f"{told}<extra></extra>",
    )
    return [*bands, line]


def _runs(is_there: Bool[np.ndarray, " group"]) -> Int[np.ndarray, "run 2"]:
    """First and end of each run: filled from one to the next, a band would go over the gaps."""
    edges = np.diff(np.concatenate([[0], is_there, [0]]).astype(int))
    return np.flatnonzero(edges).reshape(-1, 2)
