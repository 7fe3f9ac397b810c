"""The ids of every component that a callback or a script names."""

from enum import StrEnum


class Page(StrEnum):
    """Parts that every view shares."""

    ERROR = "page-error"
    PULSE = "page-pulse"
    STATUS = "page-status"
    KEYS = "page-keys"


class Explore(StrEnum):
    """Parts of the Explore view."""

    MODEL = "explore-model"
    TEXT = "explore-text"
    SPECIAL = "explore-special-tokens"
    RUN = "explore-run"
    EXAMPLE = "explore-example"
    CHOSEN = "explore-chosen"
    REQUEST = "explore-request"
    MEASURE = "explore-measure"
    SCALE = "explore-scale"
    SPAN = "explore-span"
    SINKS = "explore-sinks"
    DEFINITION = "explore-definition"
    DRAWING = "explore-drawing"
    HEATMAP = "explore-heatmap"
    MAP = "explore-map"
    LAYERS = "explore-layers"
    TOKENS = "explore-tokens"
    LIVE = "explore-live"
    VIEW = "explore-view"
    TABLE = "explore-table"
    FACTS = "explore-facts"
    NOTES = "explore-notes"
    READING = "explore-reading"
    PIN = "explore-pin"
    CELL = "explore-cell"
