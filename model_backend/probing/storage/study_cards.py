"""Reads the card and the references of a study from JSON."""

from typing import Any

from model_backend.api.maps.sites import Site
from model_backend.api.study_results import (
    Best,
    CellName,
    Estimate,
    Extraction,
    Reference,
    ReferenceKind,
    StudyCard,
)


def card_of(entry: dict[str, Any]) -> StudyCard:
    """Read a card; older ones lack what came later."""
    best, sites = entry["best"], tuple(Site(site) for site in entry["sites"])
    known = {"best": _best(best), "sites": sites, "headline": tuple(entry["headline"])}
    if (extraction := entry.get("extraction")) is not None:
        known["extraction"] = _extraction(extraction)
    return StudyCard(**{**entry, **known})


def _extraction(entry: dict[str, Any]) -> Extraction:
    numbers = ("extra_words", "found_right", "found_wrong")
    known = {name: _nan_if_null(entry[name]) for name in numbers}
    return Extraction(**{**entry, **known, "recall": _estimate(entry["recall"])})


def _best(entry: dict[str, Any]) -> Best:
    cell = entry["cell"]
    known = {
        "cell": CellName(Site(cell["site"]), cell["row"], cell["position"]),
        "naive": _estimate(entry["naive"]),
        "nested": _estimate(entry["nested"]),
        "threshold": _nan_if_null(entry["threshold"]),
    }
    return Best(**{**entry, **known})


def reference_of(entry: dict[str, Any]) -> Reference:
    """Read a baseline or control."""
    known = {
        "kind": ReferenceKind(entry["kind"]),
        "auc": _estimate(entry["auc"]),
        "difference": _estimate(entry["difference"]),
    }
    return Reference(**{**entry, **known})


def _estimate(entry: dict[str, Any]) -> Estimate:
    return Estimate(**{name: _nan_if_null(value) for name, value in entry.items()})


def _nan_if_null(value: float | None) -> float:
    """Read null as NaN, because JSON has no NaN."""
    return float("nan") if value is None else value
