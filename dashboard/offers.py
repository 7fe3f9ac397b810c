"""What can be chosen for a map: measures in their groups, the sites of each, and why not all."""

from typing import Any

from dash.development.base_component import Component

from dashboard.components import definition_mark
from model_backend import (
    DEFINITIONS,
    MEASURE_GROUPS,
    ON_REQUEST,
    SITE_DEFINITIONS,
    SITES,
    Inspection,
    Measure,
    Site,
)

FIRST_MEASURE = Measure.LENS_CONFIDENCE
WHEN_CHOSEN = "computed when chosen"


def measure_options(inspection: Inspection | None = None) -> list[dict[str, Any]]:
    """Every measure in its group; those this inspection cannot give are disabled."""
    return [
        {
            "group": f"{group}, {WHEN_CHOSEN}" if ON_REQUEST.issuperset(measures) else group,
            "items": [_option(measure, why_not(measure, inspection)) for measure in measures],
        }
        for group, measures in MEASURE_GROUPS.items()
    ]


def hints(inspection: Inspection | None = None) -> dict[str, str]:
    """For every measure what it is, or why this inspection has not got it."""
    return {
        measure.value: why_not(measure, inspection) or DEFINITIONS[measure] for measure in Measure
    }


def choose(measure: Measure, inspection: Inspection) -> Measure:
    """The measure itself, or the first one that this inspection can give."""
    offered = (one for one in (measure, *Measure) if not why_not(one, inspection))
    return next(offered, measure)


def site_options(inspection: Inspection) -> dict[str, list[dict[str, Any]]]:
    """The sites of every measure, usual one first; those that this inspection lacks disabled."""
    return {
        measure.value: [
            {
                "value": site.value,
                "label": site.value,
                "disabled": inspection.why_absent(measure, site) is not None,
            }
            for site in SITES[measure]
        ]
        for measure in Measure
    }


def definition(measure: Measure, site: Site | None) -> Component:
    """A mark that says what the measure is and, where it has sites, what the chosen one is."""
    where = f" {site}: {SITE_DEFINITIONS[site]}" if site in SITES[measure] else ""
    return definition_mark(DEFINITIONS[measure] + where)


def why_not(measure: Measure, inspection: Inspection | None) -> str | None:
    """Why this inspection has not got a measure, unless it need only be asked for."""
    if inspection is None or measure in ON_REQUEST:
        return None
    return inspection.why_absent(measure)


def _option(measure: Measure, reason: str | None) -> dict[str, Any]:
    label = f"{measure} (not in this model)" if reason else measure.value
    return {"value": measure.value, "label": label, "disabled": reason is not None}
