"""The profiles beside a map: mean and 10-90 % band of every layer and of every token."""

import numpy as np
import plotly.graph_objects as go
from jaxtyping import Bool, Float, Int

BAND = (0.1, 0.9)
LINE = "#3b8fd6"
FILL = "rgba(76, 151, 211, 0.25)"


def layer_profile(
    values: Float[np.ndarray, "row token"], left_out: Bool[np.ndarray, " token"]
) -> list[go.Scatter]:
    """Mean and band of every layer over the tokens not left out, on the map's layer axis."""
    low, mean, high = _summary(values[:, ~left_out])
    over = "all columns but those marked above" if left_out.any() else "all columns"
    layers = {"y0": 0, "dy": 1, "xaxis": "x2", "yaxis": "y"}
    return _band(
        [{"x": line, **layers} for line in (low, high, mean)], "tonextx", "layer %{y}", over
    )


def token_profile(values: Float[np.ndarray, "row token"]) -> list[go.Scatter]:
    """Mean and band of every token over the layers, on the map's token axis."""
    low, mean, high = _summary(values.T)
    tokens = {"x0": 0, "dx": 1, "xaxis": "x", "yaxis": "y2"}
    return _band(
        [{"y": line, **tokens} for line in (low, high, mean)], "tonexty", "%{x}", "all layers"
    )


def profile_range(
    values: Float[np.ndarray, "row token"], left_out: Bool[np.ndarray, " token"]
) -> list[float] | None:
    """The token profile's range, found without the positions left out; None if all is equal."""
    profile = _summary(values[:, ~left_out].T)
    bottom, top = np.nanmin(profile, initial=np.inf), np.nanmax(profile, initial=-np.inf)
    if not top > bottom:
        return None
    margin = 0.05 * (top - bottom)
    return [float(bottom - margin), float(top + margin)]


def _summary(values: Float[np.ndarray, "group member"]) -> Float[np.ndarray, "3 group"]:
    """10th percentile, mean and 90th percentile of each group's finite values; NaN without any."""
    finite = np.isfinite(values)
    ordered = np.sort(np.where(finite, values, np.nan).astype(np.float64), axis=1)  # NaN go last
    count = finite.sum(axis=1)
    total = np.where(finite, values, 0).sum(axis=1, dtype=np.float64)
    mean = np.divide(total, count, out=np.full(len(values), np.nan), where=count > 0)
    low, high = (_quantile(ordered, count, share) for share in BAND)
    return np.stack([low, mean, high]).astype(np.float32)


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


def _band(lines: list[dict[str, object]], fill: str, where: str, over: str) -> list[go.Scatter]:
    low, high, mean = lines
    quiet = {"mode": "lines", "showlegend": False, "line": {"width": 0}, "hoverinfo": "skip"}
    number = "%{x:.4g}" if fill == "tonextx" else "%{y:.4g}"
    return [
        go.Scatter(**low, **quiet),
        go.Scatter(**high, **quiet, fill=fill, fillcolor=FILL),
        go.Scatter(
            **mean,
            mode="lines",
            showlegend=False,
            line={"width": 1.5, "color": LINE},
            hovertemplate=f"{where}<br>mean over {over} {number}<extra></extra>",
        ),
    ]
