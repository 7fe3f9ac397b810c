"""The measure *probe score*: which studies can give it to a map, and how it lies over the map.

The same for every view: a map of tokens is scored by the probe of one chosen position, a map of
named positions column by column, each by its own position's probe.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dashboard.maps.inspection_map import InspectionMap, Score
from dashboard.maps.known_studies import known_studies
from dashboard.maps.view_options import ViewOptions
from dashboard.page.requests import Request
from model_backend import (
    NAMED_POSITIONS,
    PROBE_SITES,
    SITE_DEFINITIONS,
    Backend,
    BadRequest,
    CellLine,
    Inspection,
    ProbeMap,
    ProbeScoreRequest,
    ProbeStudy,
    Site,
    StudyCard,
    counted,
)


@dataclass(frozen=True)
class Reason:
    """Reason why a measure cannot be chosen."""

    short: str
    """In a few words."""
    sentence: str


NO_STUDY = Reason("run a study first", "Run a study of this model in Probe first.")
NOT_IN_COMPARE = Reason("in Explore and Ask", "Probe scores are shown in Explore and in Ask.")
FROM_FILE = Reason(
    "needs the model", "This map came from a file: probes need the activations of the model itself."
)


def fitting_studies(backend: Backend, inspection: Inspection) -> tuple[StudyCard, ...]:
    """The finished studies of these very weights, whatever the model was called; newest first."""
    return tuple(card for card in known_studies(backend) if card.revision == inspection.revision)


def why_no_score(backend: Backend, inspection: Inspection) -> Reason | None:
    """Reason why no study can score this inspection; None if one can."""
    if inspection.model not in {card.name for card in backend.models()}:
        return FROM_FILE
    if fitting_studies(backend, inspection):
        return None
    others = [card for card in known_studies(backend) if card.model == inspection.model]
    if not others:
        return NO_STUDY
    return Reason(
        "studied with other weights",
        f"The studies of {inspection.model} here were made with other weights (revision "
        f"{others[0].revision[:10]}; this is {inspection.revision[:10]}). Run a study of these in "
        "Probe.",
    )


def study_choices(cards: Sequence[StudyCard]) -> list[dict[str, str]]:
    """Options of a select box of studies, each with its nested AUC."""
    return [
        {
            "value": card.study,
            "label": f"{card.dataset} · nested AUC {card.best.nested.value:.2f} · n {card.n:,} · "
            f"{card.finished[:10]}",
        }
        for card in cards
    ]


def study_sites(cards: Sequence[StudyCard]) -> dict[str, list[dict[str, Any]]]:
    """Sites at which each study has probes, its best site first; like ``site_options``."""
    return {
        card.study: [
            site_option(site, None if site in card.sites else "The study has no probes there.")
            for site in sorted(PROBE_SITES, key=lambda s: s != card.best.cell.site)
        ]
        for card in cards
    }


def site_option(site: Site, why_not: str | None) -> dict[str, Any]:
    """A site for a ``hinted_select``, disabled where there is a reason why it cannot be had."""
    hint = why_not or SITE_DEFINITIONS[site]
    return {"value": site.value, "label": site.value, "disabled": bool(why_not), "hint": hint}


def position_choices(study: ProbeStudy, chosen: str | None) -> tuple[list[dict[str, Any]], str]:
    """Choices for the probe that scores every token, and the chosen one, else the best."""
    there = {
        name
        for at, name in enumerate(study.positions)
        if any(np.isfinite(found.auc[:, at]).any() for found in study.maps.values())
    }
    best = study.positions[study.card.best.cell.position]
    choices = [
        {
            "value": name,
            "label": f"{name} (best)" if name == best else name,
            "disabled": name not in there,
        }
        for name in NAMED_POSITIONS
    ]
    return choices, chosen if chosen in there else best


def with_score(
    found: InspectionMap, backend: Backend, options: ViewOptions, request: Request
) -> InspectionMap:
    """An inspection's map with the probe score of every cell, its chance level and its source.

    Raises:
        BadRequest: no study is named, or it is of other weights.
        UnknownStudy: there is no such study any more.
    """
    if not options.study:
        raise BadRequest("Choose a study: its probes are what scores the cells.")
    study, inspection = backend.study(options.study), found.inspection
    position = options.position or study.positions[study.card.best.cell.position]
    columns = found.columns or ()
    grid = backend.probe_scores(
        ProbeScoreRequest(
            inspection.model,
            options.study,
            site=options.site,
            position="" if columns else position,
            columns=tuple((column.name, column.position) for column in columns),
            token_ids=tuple(inspection.token_ids.tolist()),
        )
    )
    probes = tuple(column.name for column in columns) or (position,)
    lines, within_chance = _probe_quality(study.maps[Site(grid.site)], study, probes)
    if columns:  # nothing is said of a column without a token
        within_chance = within_chance & np.isfinite(grid.values)
    taught = tuple(training_overlap_warnings(study, request))
    score = Score(grid, options.study, probes, lines, within_chance, taught)
    said = (*_notes(found, study, score), *taught)
    return replace(found, score=score, notes=(*found.notes, *said))


def _probe_quality(
    found: ProbeMap, study: ProbeStudy, probes: Sequence[str]
) -> tuple[tuple[CellLine, ...], np.ndarray]:
    """Quality of each cell's probe in its study, and cells within reach of chance.

    One column for each of ``probes``; where there is but one, it stands for all columns.
    """

    def columns_for_probes(values: np.ndarray) -> np.ndarray:
        """Put (layer, position) values into a column for each probe; NaN where there is none."""
        numbers = {name: values[:, at] for at, name in enumerate(study.positions)}
        return np.stack([numbers.get(name, np.full(len(values), np.nan)) for name in probes], 1)

    lines = (
        CellLine("AUC of its probe", columns_for_probes(found.auc)),
        CellLine(
            "95 % interval", columns_for_probes(found.low), upper=columns_for_probes(found.high)
        ),
    )
    return lines, columns_for_probes(found.auc < found.threshold) == 1


def _notes(found: InspectionMap, study: ProbeStudy, score: Score) -> Iterator[str]:
    """Notes a reader needs in order not to misread the score."""
    yield f"P(correct) by the probes of the {score.grid.source}, finished {study.card.finished}."
    if found.columns is None:
        yield (
            f"Every token is scored by the probe of {score.probes[0]}, each layer by its own. It "
            "was fitted on that position of answers to the study's questions: anywhere else the "
            "score is an extrapolation."
        )
    else:
        yield (
            "Every column is scored by its own position's probe, each layer by its own. They were "
            "fitted on answers to the study's questions: of any other question the score is an "
            "extrapolation."
        )
    yield from _without_probe(found, score)
    yield from _within_chance(study, score)
    dtype = study.provenance.get("dtype", found.inspection.dtype)
    if dtype != found.inspection.dtype:
        yield f"The study ran in {dtype}, this map in {found.inspection.dtype}."


def training_overlap_warnings(study: ProbeStudy, request: Request) -> Iterator[str]:
    """Warn if the study's probes were fitted on the question that they score here."""
    given = str(request.get("question") or request.get("text") or "")
    if any(question in given for question in study.examples.question):
        yield (
            "The probes were fitted on this question too, so its score here is surer than that of "
            "a new question. Scores by probes that had not seen it are in Probe, among the study's "
            "examples."
        )


def _without_probe(found: InspectionMap, score: Score) -> Iterator[str]:
    auc = score.lines[0].values
    lacking = np.isnan(auc).all(axis=0)
    there = [found.columns is None or not missing for missing in found.missing]
    names = [name for name, no, is_there in zip(score.probes, lacking, there, strict=False)
             if no and is_there]  # fmt: skip
    if names:
        yield f"Dotted: {', '.join(names)}: no probe in this study, so no score."


def _within_chance(study: ProbeStudy, score: Score) -> Iterator[str]:
    cells = score.within_chance
    if not cells.any():
        return
    where = counted(int(cells.sum()), "cell")
    if len(score.probes) == 1:
        layers = [study.layer_labels[row] for row in np.flatnonzero(cells[:, 0])]
        where = f"layer{'s' * (len(layers) > 1)} {', '.join(layers)}"
    said = "May be chance" if score.hatched is None else "Hatched"
    yield (
        f"{said}: {where}, where the probe's AUC in the study is below what the best of all cells "
        "reaches in one of twenty studies with shuffled labels."
    )
