"""One caveat for each map: the meanings it allows and those it does not, by its measure."""

from collections.abc import Mapping

from model_backend.api.errors import counted
from model_backend.api.maps.sites import Site
from model_backend.reading.material.observations import Kind, Observation
from model_backend.reading.material.seen import Seen
from model_backend.reading.sentences.patching import (
    CAUTION_LOST,
    is_knocked_out,
    is_patched,
    patch_caution,
)

OF_SITE: Mapping[str, str] = {
    Site.RESID_PRE: (
        "At resid_pre each layer is drawn by what it reads, which is what the layer before it "
        "left: the map is that of resid_post, one layer further up."
    ),
    Site.RESID_MID: "At resid_mid this layer's attention has written; its MLP writes later.",
}
"""By the site of a grid; the others need no further word."""
OF_ANY = (
    "The map can show where this measure is high or low in this text; it does not show that the "
    "model uses what is measured."
)
OF_A_SCORE = (
    "A score away from {midpoint:g} can mean that the target can be read off there; it does not "
    "mean that the model uses it."
)
OF_A_DIFFERENCE = (
    "A difference away from 0 can mean that the two maps disagree there; it does not say which of "
    "the two is unusual, nor what made the difference. The largest of many is partly luck."
)
OF_AN_AUC = (
    "0.5 is chance. A high AUC can mean that right and wrong answers are told apart by a direction "
    "there, not that the model uses it: how hard a question is, or how its answer looks, may be "
    "what is told apart. Compare with a baseline that needs no activations."
)


def careful(seen: Seen) -> Observation:
    """The caveat of a map."""
    grid = seen.grid
    known = OF_ANY if grid.midpoint is None else OF_A_SCORE.format(midpoint=grid.midpoint)
    known = OF_AN_AUC if grid.unit == "AUC" else known
    known = OF_A_DIFFERENCE if grid.midpoint == 0 else known
    known = patch_caution(grid) if is_patched(grid) else known
    known = CAUTION_LOST if is_knocked_out(grid) else known
    caution = seen.measure.spec.caution if seen.measure else known
    source = f"It rests on the {grid.source}." if grid.source else ""
    n_rows = seen.evidence.n_estimated
    estimated = f"Estimated by gradients so far: {counted(n_rows, 'row')}." if n_rows else ""
    parts = (estimated, caution, source, OF_SITE.get(grid.site, ""))
    return seen.say(Kind.CAREFUL, " ".join(part for part in parts if part))
