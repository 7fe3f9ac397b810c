"""The ids of the Probe view's parts beside its maps."""

from enum import StrEnum

from dashboard.page.ids import MapIds

PROBE = MapIds("probe")
"""The map in the middle of the view: a published one, or one of a study."""
BESIDE = MapIds("probe-beside")
"""Another map on the same scale."""
DIFFERENCE = MapIds("probe-difference")
"""The first map minus the other."""


class Probe(StrEnum):
    """Ids of maps and studies; assets/views/studies.js names some of them too."""

    MAPS = "study-maps"
    STUDIES = "study-shelf"
    CHANGED = "studies-changed"
    """A store: what was renamed or deleted last."""
    IMPORT = "study-import"
    HEADLINE = "study-headline"
    RIVALS = "study-rivals"
    BEHIND = "study-behind"
    OTHER = "study-other"
    COMPARISON = "study-comparison"
    PARTNERS = "study-partners"
    EXAMPLES = "study-examples"
    WHOSE = "study-whose"
    UNUSED = "study-unused"
    DROPPED = "study-dropped"
    HOW_MANY_DROPPED = "study-how-many-dropped"
    WHY_DROPPED = "study-why-dropped"


class Form(StrEnum):
    """Ids of the form that starts a study."""

    DATASET = "study-dataset"
    UPLOAD = "study-upload"
    ADDED = "study-added"
    """A store: the id of the data set that was brought last; empty if its file was refused."""
    FILE = "study-file"
    REFUSED = "study-refused"
    PREVIEW = "study-preview"
    COLUMNS = "study-columns"
    TEMPLATE = "study-template"
    SEPARATOR = "study-separator"
    SCOPE = "study-scope"
    FIRST = "study-first-question"
    MODEL = "study-model"
    SITES = "study-sites"
    SIZE = "study-size"
    SEED = "study-seed"
    PERMUTATIONS = "study-permutations"
    RANDOM_MODEL = "study-random-model"
    TRUTH = "study-truth"
    KEEP = "study-keep"
    RUN = "study-run"
    STARTED = "study-started"
    """A store: the job that this page began last."""
    JOBS = "study-jobs"
    TICK = "study-tick"


def column_id(role: str) -> str:
    """The id of the select box that names the column for a role, such as ``question``."""
    return f"study-column-{role}"


def cancel_id(job: str) -> dict[str, str]:
    """The id of the button that cancels a job."""
    return {"type": "study-cancel", "job": job}
