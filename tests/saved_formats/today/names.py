"""Names in links and files, collected from the current code."""

from collections.abc import Mapping

from dashboard.factory import VIEWS
from dashboard.links.url_state import VERSION, write_link
from dashboard.views.ask.answer_map import Axis
from dashboard.views.compare.side import SideKind
from model_backend import (
    NAMED_POSITIONS,
    Align,
    JobState,
    Measure,
    ReferenceKind,
    Scale,
    Site,
    Span,
    Stage,
    Verdict,
    published_maps,
)

LINK_VERSION = VERSION
make_link = write_link
_LINKED = [view.LINKED for view in VIEWS]

KNOWN: Mapping[str, tuple[str, ...]] = {
    "measures": tuple(map(str, Measure)),
    "sites": tuple(map(str, Site)),
    "scales": tuple(map(str, Scale)),
    "spans": tuple(map(str, Span)),
    "alignments": tuple(map(str, Align)),
    "axes": tuple(map(str, Axis)),
    "sides": tuple(map(str, SideKind)),
    "positions": NAMED_POSITIONS,
    "job states": tuple(map(str, JobState)),
    "stages": tuple(map(str, Stage)),
    "verdicts": tuple(map(str, Verdict)),
    "rivals": tuple(map(str, ReferenceKind)),
    "published maps": tuple(found.dataset for found in published_maps()),
    "views": tuple(one.view for one in _LINKED),
    "parts": tuple(f"{one.view} {part.name}" for one in _LINKED for part in one.fields),
    "maps": tuple(
        f"{one.view} {ids.prefix}" for one in _LINKED for ids in (*one.maps, *one.more_maps)
    ),
}
"""Stored names, by the kind of thing."""
