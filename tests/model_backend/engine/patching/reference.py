"""Three exact patch maps of the built-in model, made cell by cell with plain PyTorch.

Site ``resid_post``, one position of A put into B, revision c9dab6c605 in float32. Row i is the
stream after block i; the last row is 1 at the last position and 0 elsewhere, and not listed.
Columns before the token that differs are 0 and not listed either.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class ReferenceMap:
    """One map, with the logit differences of both texts."""

    text_a: str
    text_b: str
    answers: tuple[str, str]
    metric_a: float
    metric_b: float
    effect: np.ndarray
    """Rows 0 to 15, from the first column that differs on."""


REFERENCES = (
    ReferenceMap(
        "The capital of Italy is",
        "The capital of Peru is",
        (" Rome", " Lima"),
        10.6374,
        -10.6403,
        np.array(
            [
                [1.0, 0.0],
                [1.0026, -0.0009],
                [1.0026, 0.0003],
                [1.0026, 0.0004],
                [0.9436, 0.0196],
                [0.9409, 0.0274],
                [0.884, 0.0526],
                [0.8037, 0.0692],
                [0.7062, 0.1454],
                [0.6037, 0.2475],
                [0.3961, 0.4608],
                [0.2927, 0.6079],
                [0.188, 0.7583],
                [0.1006, 0.8357],
                [0.0109, 0.9671],
                [0.0175, 0.9642],
            ]
        ),
    ),
    ReferenceMap(
        "The capital of Italy is",
        "The capital of Japan is",
        (" Rome", " Tokyo"),
        12.1045,
        -11.2616,
        np.array(
            [
                [1.0, 0.0],
                [1.0072, -0.0031],
                [1.009, -0.0048],
                [1.009, -0.0048],
                [0.9502, 0.026],
                [0.8768, 0.0381],
                [0.8202, 0.0683],
                [0.7332, 0.1083],
                [0.6727, 0.1461],
                [0.5449, 0.2663],
                [0.3561, 0.522],
                [0.2309, 0.7116],
                [0.1667, 0.8112],
                [0.1, 0.8783],
                [0.0152, 0.987],
                [0.017, 0.9782],
            ]
        ),
    ),
    ReferenceMap(
        "The currency of Japan is the",
        "The currency of India is the",
        (" Y", " Rupee"),
        11.9862,
        -13.2554,
        np.array(
            [
                [1.0, 0.0, 0.0],
                [1.0017, -0.0011, -0.0015],
                [1.0031, -0.0011, -0.0035],
                [0.99, -0.001, -0.0115],
                [0.968, -0.0013, 0.0169],
                [0.9625, -0.0027, 0.0575],
                [0.9356, -0.0026, 0.0812],
                [0.9139, -0.0023, 0.1241],
                [0.8581, -0.0023, 0.2135],
                [0.7864, -0.0024, 0.3139],
                [0.5799, -0.0024, 0.5169],
                [0.3805, -0.0025, 0.6866],
                [0.2687, -0.0028, 0.7927],
                [0.1926, -0.0033, 0.845],
                [0.0953, -0.0016, 0.9338],
                [0.0396, -0.0016, 0.9701],
            ]
        ),
    ),
)
