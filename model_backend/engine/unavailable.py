"""Reasons why a measure, or a part of an opened cell, is unavailable: one sentence each."""

from collections.abc import Iterator, Mapping

from model_backend.api.inspections import Unavailable
from model_backend.api.maps.measure_specs import Needs
from model_backend.api.maps.measures import Measure, measures_that_need
from model_backend.api.maps.sites import Site
from model_backend.models.discovery.parts import Lack

NO_UNEMBEDDING = (
    "An encoder has no causal unembedding: nothing in it predicts the next token, so there is no "
    "logit lens to read."
)
NOT_ASKED = "Attention weights are computed only when asked for: switch attention on."
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


def sink_note(share: float) -> str:
    """Sentence on attention weights that do not sum to 1; empty if they do."""
    if not share:
        return ""
    return (
        f"A sink in this model's softmax takes some of the attention, {share:.0%} of it on a short "
        "text: weights sum to less than 1, and are shown as they are."
    )


def why_no_writes(lacks: Mapping[Lack, str], site: Site) -> str:
    """Reason why no block of a model has a write at this site."""
    return lacks.get(Lack.WRITES) or f"No block of this model has a write of its own at {site}."


def absences(
    *,
    no_attention: str = "",
    no_lens: str = "",
    no_neurons: str = "",
    no_writes: str = "",
    no_resid_mid: str = "",
) -> tuple[Unavailable, ...]:
    """Everything that is absent from an inspection, in whole or in some rows.

    The arguments say why, and are empty for what is there in every row.
    """
    return (
        *(_all(Needs.WEIGHTS, no_attention) if no_attention else ()),
        *(_all(Needs.LENS, no_lens) if no_lens else ()),
        *(_all(Needs.NEURONS, no_neurons) if no_neurons else ()),
        *(_all(Needs.WRITES, no_writes) if no_writes else ()),
        *_at_mid(no_resid_mid, lens=not no_lens),
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
