"""The ids of every component that a callback or a script names."""

from dataclasses import dataclass
from enum import StrEnum


class Page(StrEnum):
    """Parts that every view shares; they stand in the page's frame."""

    ERROR = "page-error"
    PULSE = "page-pulse"
    STATUS = "page-status"
    LOADING = "page-loading"
    KEYS = "page-keys"
    LAYOUTS = "page-layouts"
    """A store: every view's layout by its name; a view is put on the page when it is first seen."""
    ENTERED = "page-entered"
    """A store: the names of the views that have been seen."""
    FINISHED = "study-finished"
    """A store: the ids of the finished studies as one string, so that every view follows them."""
    IMPORTED = "study-imported"
    """A store: set by the browser when a study was brought in."""


class Share(StrEnum):
    """Links: the fragment to be opened, what it said, the notice of it, and every view's parts."""

    FRAGMENT = "share-fragment"
    STATE = "share-state"
    NOTICE = "share-notice"
    VIEWS = "share-views"


class Explore(StrEnum):
    """Parts of the Explore view beside its map, whose prefix is ``explore`` too."""

    MODEL = "explore-model"
    TEXT = "explore-text"
    SPECIAL = "explore-special-tokens"
    SWITCHED = "explore-switched"
    RUN = "explore-run"
    EXAMPLE = "explore-example"
    CHOSEN = "explore-chosen"
    SENTENCES = "explore-sentences"
    LOOK_FOR = "explore-look-for"
    EDITED = "explore-edited"
    RUN_EDITED = "explore-run-edited"
    SPACE = "explore-space"
    TRIM = "explore-trim"
    TWICE = "explore-twice"
    ONCE = "explore-once"
    LONG = "explore-long"
    LIMIT = "explore-limit"
    SHORTEN = "explore-shorten"
    OFFER = "explore-offer"
    USE = "explore-use"


class Ask(StrEnum):
    """Parts of the Ask view beside its map, whose prefix is ``ask`` too."""

    MODEL = "ask-model"
    QUESTION = "ask-question"
    RIGHT = "ask-right"
    ALIASES = "ask-aliases"
    LENGTH = "ask-length"
    TEMPERATURE = "ask-temperature"
    SEED = "ask-seed"
    RUN = "ask-run"
    STOP = "ask-stop"
    EXAMPLE = "ask-example"
    CHOSEN = "ask-chosen"
    STARTED = "ask-started"
    ANSWERED = "ask-answered"
    MARK = "ask-mark"
    READ = "ask-read"
    AXIS = "ask-axis"
    ANSWER = "ask-answer"
    STREAM = "ask-stream"
    PROGRESS = "ask-progress"
    VERDICT = "ask-verdict"
    PROMPT = "ask-prompt"
    POSITIONS = "ask-positions"
    CHANCES = "ask-chances"
    AGAIN = "ask-again"
    NONE = "ask-none"
    OFFER = "ask-offer"
    USE = "ask-use"


class Patch(StrEnum):
    """Parts of the Patch view beside its map, whose prefix is ``patch`` too."""

    MODEL = "patch-model"
    TEXT_A = "patch-text-a"
    TEXT_B = "patch-text-b"
    ANSWER_A = "patch-answer-a"
    ANSWER_B = "patch-answer-b"
    SITE = "patch-at"
    WAY = "patch-way"
    METRIC = "patch-metric"
    FORM = "patch-form"
    WINDOW = "patch-window"
    PAIRS = "patch-pairs"
    PROPOSED = "patch-proposed"
    NOISED = "patch-noised"
    RUN = "patch-run"
    EXAMPLE = "patch-example"
    CHOSEN = "patch-chosen"
    SETUP = "patch-setup"
    MEANING = "patch-meaning"
    PROGRESS = "patch-progress"
    STARTED = "patch-started"
    """A store: the job that was started."""
    STAGE = "patch-stage"
    """A store: the job and how many of its rows are exact, as a string; the map is drawn for it."""
    KEEP = "patch-keep"
    KEPT = "patch-kept"
    """A store: the request of the map that others are compared with."""
    COMPARISON = "patch-comparison"
    PARTNERS = "patch-partners"
    DRAWN = "patch-drawn"
    """A store: the stage that was drawn last."""


class Compare(StrEnum):
    """Parts of the Compare view beside its three maps."""

    RUN = "compare-run"
    BEGIN = "compare-begin"
    ALIGN = "compare-align"
    AXIS = "compare-axis"
    SCALE = "compare-scale"
    PARTNERS = "compare-partners"
    NOTES = "compare-notes"
    DIFFERENCE = "compare-difference"


WAYS_TO_SHOW = ("map", "table", "reading")
"""Ways to show a map in its card: picture, numbers, or with sentences above it."""


PROFILES = ("layers", "layers and tokens", "none")
"""Profiles that a map may have beside and below it."""


def view_id(name: str) -> str:
    """The id of the section of the page that holds a view."""
    return f"view-{name}"


class _Part:
    """One part of a map: its id is the map's prefix, a hyphen and the part's own name."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, ids: "MapIds", owner: type) -> str:
        return f"{ids.prefix}-{self._name}"


@dataclass(frozen=True)
class MapIds:
    """The ids of one map's parts: ``MapIds("explore").heatmap`` is ``explore-heatmap``.

    A part's name has no hyphen: the scripts cut an id at its last one to find the map.
    """

    prefix: str

    # Stores: what the map is of, its figure, the open cell, the pinned cells, the sites there are,
    # the cells whose probe scores are asked for, and those scores; the first and last row and the
    # first and last column in view, or None for the whole map.
    request = _Part()
    drawing = _Part()
    opened = _Part()
    pins = _Part()
    offers = _Part()
    scoring = _Part()
    tracking = _Part()
    """A store: the tokens that were clicked to be tracked."""
    scored = _Part()
    in_view = _Part()
    # Controls.
    measure = _Part()
    definition = _Part()
    token = _Part()
    found = _Part()
    other = _Part()
    others = _Part()
    shown = _Part()
    site = _Part()
    probes = _Part()
    study = _Part()
    whose = _Part()
    probe = _Part()
    scale = _Part()
    span = _Part()
    sinks = _Part()
    cells = _Part()
    show = _Part()
    profiles = _Part()
    # The card and what is in it.
    card = _Part()
    facts = _Part()
    heatmap = _Part()
    status = _Part()
    live = _Part()
    layers = _Part()
    tokens = _Part()
    pooled = _Part()
    table = _Part()
    notes = _Part()
    # Beside and below it.
    panel = _Part()
    waiting = _Part()
    cell = _Part()
    hovered = _Part()
    compared = _Part()
    reading = _Part()


@dataclass(frozen=True)
class SideIds(MapIds):
    """The ids of a side of Compare: those of its map, and of what is asked on that side."""

    side = _Part()
    kind = _Part()
    text = _Part()
    special = _Part()
    question = _Part()
    answer = _Part()
    """A store: a question with its answer as it came from Ask or a link, to be used as it is."""
    model = _Part()


EXPLORE = MapIds("explore")
ASK = MapIds("ask")
PATCH = MapIds("patch")
PATCH_KEPT, PATCH_DIFFERENCE = MapIds("patch-kept-map"), MapIds("patch-difference")
LEFT, RIGHT, DIFFERENCE = SideIds("left"), SideIds("right"), MapIds("difference")
