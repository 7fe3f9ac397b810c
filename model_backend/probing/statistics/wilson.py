"""A share with its 95 % interval by the method of Wilson (1927)."""

from math import sqrt

from model_backend.api.study_results import Estimate

Z = 1.959964
"""Quantile of the normal distribution for 95 %."""


def share_with_interval(count: int, total: int) -> Estimate:
    """Estimate a share from ``count`` of ``total``; NaN of nothing.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    Journal of the American Statistical Association 22 (1927), 209-212.
    """
    if not total:
        return Estimate(float("nan"), float("nan"), float("nan"))
    share, square = count / total, Z * Z / total
    centre = (share + square / 2) / (1 + square)
    half = Z * sqrt(share * (1 - share) / total + square / (4 * total)) / (1 + square)
    return Estimate(share, max(0.0, centre - half), min(1.0, centre + half))
