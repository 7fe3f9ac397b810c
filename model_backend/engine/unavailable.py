"""Reasons why a measure, or a part of an opened cell, is unavailable: one sentence each."""

from collections.abc import Iterator

from model_backend.api.inspections import Unavailable
from model_backend.api.measure_specs import Needs
from model_backend.api.measures import Measure, measures_that_need
from model_backend.api.sites import Site

NO_UNEMBEDDING = (
    "An encoder has no causal unembedding: nothing in it predicts the next token, so there is no "
    "logit lens to read."
)
NOT_ASKED = "Attention weights are computed only when asked for: switch attention on."
FUSED_ONLY = (
    "The attention weights that this model's code can give are not those that it attends by, so "
    "they are not shown."
)
EXPERTS = (
    "The MLPs of this model are mixtures of experts: each token has neurons of its own, so there "
    "are no common ones to number."
)
NORMED_AFTER = (
    "This model norms the stream after every write, so that no write reaches the output as it was "
    "written, and what it would promote cannot be read from it alone."
)
EMBEDDING_WRITES = "Row 0 is the embedding: no attention and no MLP has written yet."
EMBEDDING_ATTENTION = "Row 0 is the embedding: nothing has attended yet."
EMBEDDING_NEURONS = "Row 0 is the embedding: no MLP has run yet."


def why_no_resid_mid(family: str, block_kind: str) -> str:
    """Reason why the blocks of a family have no ``resid_mid``."""
    return f"The blocks of {family!r} have no resid_mid: {block_kind}."


def absences(
    *, no_attention: str = "", lens: bool = True, neurons: bool = True, why_no_resid_mid: str = ""
) -> tuple[Unavailable, ...]:
    """Everything that is absent from an inspection.

    ``no_attention`` and ``no_mid`` say why these are not there, and are empty if they are.
    """
    return (
        *(_all(Needs.WEIGHTS, no_attention) if no_attention else ()),
        *(_all(Needs.LENS, NO_UNEMBEDDING) if not lens else ()),
        *(_all(Needs.NEURONS, EXPERTS) if not neurons else ()),
        *_at_mid(why_no_resid_mid, lens=lens),
    )


def _at_mid(why_no_resid_mid: str, *, lens: bool) -> Iterator[Unavailable]:
    for measure in Measure:
        spec = measure.spec
        reason = why_no_resid_mid or spec.absent_at.get(Site.RESID_MID, "")
        if reason and Site.RESID_MID in spec.sites and (lens or spec.needs is not Needs.LENS):
            yield Unavailable(measure, reason, Site.RESID_MID)


def _all(needs: Needs, reason: str) -> Iterator[Unavailable]:
    for measure in sorted(measures_that_need(needs)):
        yield Unavailable(measure, reason)
