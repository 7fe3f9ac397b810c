"""The ids of the Probe view's parts beside its maps."""

from enum import StrEnum

from dashboard.ids import MapIds

PROBE = MapIds("probe")
"""The map in the middle of the view: a published one, or one of a study."""


class Probe(StrEnum):
    """Parts of the view that callbacks or assets/probe.js name."""

    STUDIES = "study-shelf"
    SHOW = "study-show"
