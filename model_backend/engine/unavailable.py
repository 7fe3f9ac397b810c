"""Why a measure, or a part of an opened cell, is not there: one sentence for each reason."""

from collections.abc import Iterable, Iterator

from model_backend.api.inspections import Unavailable
from model_backend.api.measures import LENS_MEASURES, NEURON_MEASURES, ON_REQUEST, Measure
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
LENS_AT_MID = (
    "Reading resid_mid through the output matrix for every cell would double the cost of a map. "
    "An opened cell says what attention and the MLP each changed."
)
FINAL_AT_MID = (
    "The last row is known only when the forward pass is over, and resid_mid of every layer is not "
    "kept so long: that would double the memory a text takes."
)
NORMED_AFTER = (
    "This model norms the stream after every write, so that no write reaches the output as it was "
    "written, and what it would promote cannot be read from it alone."
)
EMBEDDING_WRITES = "Row 0 is the embedding: no attention and no MLP has written yet."
EMBEDDING_ATTENTION = "Row 0 is the embedding: nothing has attended yet."
EMBEDDING_NEURONS = "Row 0 is the embedding: no MLP has run yet."


def no_mid(family: str, block_kind: str) -> str:
    """Why the blocks of a family have no ``resid_mid``."""
    return f"The blocks of {family!r} have no resid_mid: {block_kind}."


def absences(
    *, no_attention: str = "", lens: bool = True, neurons: bool = True, no_mid: str = ""
) -> tuple[Unavailable, ...]:
    """Everything that is absent from an inspection.

    ``no_attention`` and ``no_mid`` say why these are not there, and are empty if they are.
    """
    return (
        *(_all(ON_REQUEST, no_attention) if no_attention else ()),
        *(_all(LENS_MEASURES, NO_UNEMBEDDING) if not lens else ()),
        *(_all(NEURON_MEASURES, EXPERTS) if not neurons else ()),
        *_at_mid(no_mid, lens=lens),
    )


def _at_mid(no_mid: str, *, lens: bool) -> Iterator[Unavailable]:
    if no_mid:
        for measure in (Measure.RESIDUAL_NORM, Measure.COSINE_TO_PREVIOUS):
            yield Unavailable(measure, no_mid, Site.RESID_MID)
    yield Unavailable(Measure.COSINE_TO_FINAL, no_mid or FINAL_AT_MID, Site.RESID_MID)
    if lens:
        yield from _all(LENS_MEASURES, no_mid or LENS_AT_MID, Site.RESID_MID)


def _all(
    measures: Iterable[Measure], reason: str, site: Site | None = None
) -> Iterator[Unavailable]:
    for measure in sorted(measures):
        yield Unavailable(measure, reason, site)
