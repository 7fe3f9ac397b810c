"""Rows and positions of a measure that are shown for completeness and compared with no other.

They are grey on a map, and neither its colours nor its profiles count them. Pure functions.
"""

import math

from model_backend.api.maps.measure_specs import Needs
from model_backend.api.maps.measures import Measure
from model_backend.api.maps.sites import Site

FEWEST_LATER = 5
"""A mean over fewer later tokens says little, unless the text is so short that it has hardly more:
then a quarter of its tokens is enough."""


def masked_rows(measure: Measure, site: Site | None = None) -> tuple[int, ...]:
    """The row of the embedding for measures of the logit lens.

    No block has worked on it, so that its reading says which token the embedding resembles. What
    the first block reads (``resid_pre``) is that row, too.
    """
    if measure.spec.needs is not Needs.LENS:
        return ()
    return (0, 1) if site is Site.RESID_PRE else (0,)


def masked_positions(measure: Measure, n_tokens: int, *, is_causal: bool) -> tuple[int, ...]:
    """Positions whose mean over later tokens is one over too few of them.

    In an encoder every token is seen by all others.
    """
    if not (measure.spec.is_over_later and is_causal):
        return ()
    enough = min(FEWEST_LATER, n_tokens / 4)
    return tuple(range(max(0, math.floor(n_tokens - 1 - enough) + 1), n_tokens))
