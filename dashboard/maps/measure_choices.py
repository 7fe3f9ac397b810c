"""Choices for a map: measures in groups, the sites of each, and reasons for those unavailable."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from dash.development.base_component import Component

from dashboard.maps.inspection_map import InspectionMap
from dashboard.maps.probe_score import (
    NO_STUDY,
    Reason,
    fitting_studies,
    site_option,
    study_choices,
    study_sites,
    why_no_score,
)
from dashboard.page.components import definition_mark, hinted_select
from dashboard.page.labels import visible
from model_backend import (
    SITE_DEFINITIONS,
    Backend,
    Inspection,
    Measure,
    Needs,
    Site,
)

FIRST_MEASURE = Measure.LENS_CONFIDENCE
INSTEAD = (FIRST_MEASURE, Measure.UPDATE_SIZE)
"""Measures to show where the chosen one does not exist: an encoder has no next token."""
WHEN_CHOSEN = "computed when chosen"


@dataclass(frozen=True)
class Tracked:
    """A measure of chosen tokens, the texts of these, and their model."""

    measure: Measure
    model: str
    texts: tuple[str, ...]

    @property
    def option(self) -> dict[str, Any]:
        """Its entry in the box of measures."""
        texts = dict(zip(self.measure.token_ids, self.texts, strict=False))
        label = self.measure.phrase(lambda token_id: visible(texts[token_id]))
        item = {"value": self.measure.value, "label": label, "hint": self.measure.spec.definition}
        return {"group": "Tracked token", "items": [item]}

    @property
    def for_browser(self) -> dict[str, Any]:
        """JSON values for the browser, which hands them back with the next request."""
        return {
            "measure": self.measure.value,
            "model": self.model,
            "ids": list(self.measure.token_ids),
            "texts": list(self.texts),
        }


@dataclass(frozen=True, eq=False)
class MeasureChoices:
    """The measures of an inspection; all measures while there is none."""

    inspection: Inspection | None = None
    no_score: Reason | None = NO_STUDY
    tracked: Tracked | None = None
    """The chosen measure, if it is of chosen tokens: one more choice, the first."""

    def measures(self) -> list[dict[str, Any]]:
        """Every measure in its group, with what it is; those that cannot be had are disabled, with
        why."""
        tracked = [self.tracked.option] if self.tracked else []
        return tracked + [
            {
                "group": f"{group}, {WHEN_CHOSEN}" if _is_on_request(measures) else group,
                "items": [self._option(measure) for measure in measures],
            }
            for group, measures in _groups()
        ]

    def choose(self, measure: Measure) -> Measure:
        """The measure itself, or the first one that this model has."""
        offered = (one for one in (measure, *INSTEAD, *Measure) if not self.why_not(one))
        return next(offered, measure)

    def why_not(self, measure: Measure) -> Reason | None:
        """Reason why a measure is unavailable; None if it can be computed on request."""
        if measure.spec.needs_study:
            return self.no_score
        if self.inspection is None or measure.spec.on_request:
            return None
        if measure.arguments:  # taken when it is chosen, unless there is no lens
            return self._why_no_lens() if measure.spec.needs is Needs.LENS else None
        reason = self.inspection.why_absent(measure)
        return Reason("not in this model", reason) if reason else None

    def _why_no_lens(self) -> Reason | None:
        assert self.inspection is not None
        reason = self.inspection.why_absent(Measure.LENS_CONFIDENCE)
        return Reason("not in this model", reason) if reason else None

    def _option(self, measure: Measure) -> dict[str, Any]:
        why = self.why_not(measure)
        label = f"{measure.label} ({why.short})" if why else measure.label
        hint = why.sentence if why else measure.spec.definition
        return {"value": measure.value, "label": label, "disabled": why is not None, "hint": hint}


def measure_select(id_: str, choices: MeasureChoices, **more: Any) -> Component:
    """The box in which a map's measure is chosen."""
    chosen = {"value": FIRST_MEASURE.value, "maxDropdownHeight": 420, **more}
    return hinted_select(id_, "Measure", choices.measures(), **chosen)


def find_choices(
    backend: Backend, inspection: Inspection, tracked: Tracked | None = None
) -> MeasureChoices:
    """The measures that can be chosen for an inspection, given the finished studies."""
    return MeasureChoices(inspection, why_no_score(backend, inspection), tracked)


def for_browser(
    backend: Backend, found: InspectionMap, tracked: Tracked | None = None
) -> dict[str, Any]:
    """Choices that assets/page/choices.js offers by itself: the sites of every measure and study,
    the studies, and whether each column has a probe of its own."""
    cards = fitting_studies(backend, found.inspection)
    return {
        "sites": site_options(found.inspection, tracked) | study_sites(cards),
        "studies": study_choices(cards),
        "named": found.columns is not None,
        **tracked_for_browser(tracked),
    }


def tracked_for_browser(tracked: Tracked | None) -> dict[str, Any]:
    """Entry of the browser's choices on chosen tokens, if there are any."""
    return {"tracked": tracked.for_browser} if tracked else {}


def site_options(
    inspection: Inspection, tracked: Tracked | None = None
) -> dict[str, list[dict[str, Any]]]:
    """The sites of every measure, usual one first, each with what it is; those that this inspection
    lacks are disabled, with why."""
    options = {
        measure.value: [
            site_option(site, inspection.why_absent(measure, site)) for site in measure.spec.sites
        ]
        for measure in Measure
        if not measure.spec.needs_study
    }
    if tracked:  # it has the sites of every measure of the lens
        options[tracked.measure.value] = options[Measure.LENS_CONFIDENCE.value]
    return options


def definition(measure: Measure, site: Site | None) -> Component:
    """A question mark that shows the definition of a measure and, where it has sites, of the
    chosen site.
    """
    spec = measure.spec
    where = f" {site}: {SITE_DEFINITIONS[site]}" if site in spec.sites else ""
    return definition_mark(spec.definition + where)


def _groups() -> Iterator[tuple[str, list[Measure]]]:
    for group, measures in groupby(Measure, key=lambda measure: measure.spec.group):
        yield group.value, list(measures)


def _is_on_request(measures: Sequence[Measure]) -> bool:
    return all(measure.spec.on_request or measure.spec.needs_study for measure in measures)
