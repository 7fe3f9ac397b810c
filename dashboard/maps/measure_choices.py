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
from model_backend import (
    SITE_DEFINITIONS,
    Backend,
    Inspection,
    Measure,
    Site,
)

FIRST_MEASURE = Measure.LENS_CONFIDENCE
INSTEAD = (FIRST_MEASURE, Measure.UPDATE_SIZE)
"""Measures to show where the chosen one does not exist: an encoder has no next token."""
WHEN_CHOSEN = "computed when chosen"


@dataclass(frozen=True, eq=False)
class MeasureChoices:
    """The measures of an inspection; all measures while there is none."""

    inspection: Inspection | None = None
    no_score: Reason | None = NO_STUDY

    def measures(self) -> list[dict[str, Any]]:
        """Every measure in its group, with what it is; those that cannot be had are disabled, with
        why."""
        return [
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
        if self.inspection is None or measure.spec.on_request or measure.arguments:
            return None
        reason = self.inspection.why_absent(measure)
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


def find_choices(backend: Backend, inspection: Inspection) -> MeasureChoices:
    """The measures that can be chosen for an inspection, given the finished studies."""
    return MeasureChoices(inspection, why_no_score(backend, inspection))


def for_browser(backend: Backend, found: InspectionMap) -> dict[str, Any]:
    """Choices that assets/page/choices.js offers by itself: the sites of every measure and study,
    the studies, and whether each column has a probe of its own."""
    cards = fitting_studies(backend, found.inspection)
    return {
        "sites": site_options(found.inspection) | study_sites(cards),
        "studies": study_choices(cards),
        "named": found.columns is not None,
    }


def site_options(inspection: Inspection) -> dict[str, list[dict[str, Any]]]:
    """The sites of every measure, usual one first, each with what it is; those that this inspection
    lacks are disabled, with why."""
    return {
        measure.value: [
            site_option(site, inspection.why_absent(measure, site)) for site in measure.spec.sites
        ]
        for measure in Measure
        if not measure.spec.needs_study
    }


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
