"""The probe score of opened and pinned cells: the number that their map would show, in words.

It comes after all else that is said of a cell: a study may have its probes at a site that takes a
forward pass of its own. Until then ``ScorePlace`` keeps its places; ``assets/cell/scores.js`` fills
them once it is there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboard.maps.inspection_map import InspectionMap, MapSource, Score
from dashboard.maps.probe_score import Reason, fitting_studies, why_no_score, with_score
from dashboard.maps.view_options import ViewOptions
from dashboard.page.labels import number
from dashboard.page.requests import Request
from model_backend import Backend, BackendError, Measure, Scale

PLACE = ("row", "position", "column", "column_name", "measures")
"""Keys that a cell's request has beyond those of its map."""

FITTED_ELSEWHERE = (
    "It was fitted on that position of answers to the study's questions: anywhere else the score "
    "is an extrapolation."
)


@dataclass(frozen=True)
class CellScore:
    """Probe score of one cell, in words."""

    value: str
    """The score, or a dash."""
    whose: str = ""
    """By which probe, or why there is none, in a few words."""
    about: str = ""
    """The same in sentences, with what the probe is worth, or what to do to have one."""


WAITING = CellScore("…")


@dataclass(frozen=True)
class ScorePlace:
    """Place for the score of one cell, and its first content."""

    cell: Request
    first: CellScore = WAITING

    def part(self, name: str) -> Component:
        """The element of the page that shows one field of a ``CellScore``."""
        at = {"data-score": name, "data-at": f"{self.cell['row']} {column_of(self.cell)}"}
        return html.Span(getattr(self.first, name), **at)


def no_score(why: Reason) -> CellScore:
    """A ``CellScore`` that shows a dash, with the reason why there is no score."""
    return CellScore("—", why.short, why.sentence)


def map_of(cell: Request) -> Request:
    """The request of the map that a cell belongs to."""
    return {name: cell[name] for name in cell if name not in PLACE}


def place_of(cell: Request, token_id: int | None = None) -> str:
    """Describe a cell's place: the name of its column, if any, and its token's position."""
    name, position = cell.get("column_name"), f"position {cell['position']}"
    said = [str(name)] if name else []
    return " · ".join([*said, position, *([] if token_id is None else [f"id {token_id}"])])


def column_of(cell: Request) -> int:
    """The map column of a cell; columns with names can share a token, so it is not the position."""
    column: int = cell.get("column", cell["position"])
    return column


def say_scores(
    source: MapSource, backend: Backend, cells: Sequence[Request], chosen: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The probe scores of some cells of one map as JSON, each with the request of its cell.

    ``chosen`` are the values of the controls ``study``, ``site`` and ``probe``, as far as they have
    one.
    """
    found = source.inspection_map(map_of(cells[0]))
    scored = _scored(found, backend, chosen, map_of(cells[0]))
    return [{"cell": cell, "score": asdict(_say(scored, cell))} for cell in cells]


def _scored(
    found: InspectionMap, backend: Backend, chosen: Mapping[str, Any], request: Request
) -> InspectionMap | Reason:
    why = why_no_score(backend, found.inspection)
    if why is not None:
        return why
    try:
        return with_score(found, backend, _options(found, backend, chosen), request)
    except BackendError as error:  # of the score alone: the cell itself is there to be read
        return Reason("not available", str(error))


def _options(found: InspectionMap, backend: Backend, chosen: Mapping[str, Any]) -> ViewOptions:
    """Options the map would have if the score were chosen now, as in assets/page/choices.js."""
    cards = fitting_studies(backend, found.inspection)
    card = next((card for card in cards if card.study == chosen.get("study")), cards[0])
    site = next((site for site in card.sites if site == chosen.get("site")), card.best.cell.site)
    position = chosen.get("probe") or ""
    return ViewOptions(
        Measure.PROBE_SCORE, Scale.RAW, site=site, study=card.study, position=position
    )


def _say(found: InspectionMap | Reason, cell: Request) -> CellScore:
    if isinstance(found, Reason):
        return no_score(found)
    score, row, column = found.score, cell["row"], column_of(cell)
    assert score is not None
    at = column if len(score.probes) > 1 else 0
    probe, value = score.probes[at], float(score.grid.values[row, column])
    if np.isnan(value):
        return no_score(Reason(f"no probe of {probe}", f"The study has no probe of {probe}."))
    whose = f"probe of {probe}, {score.grid.site}"
    about = f"P{whose[1:]}: {_worth(score, row, at)} in the {score.grid.source}."
    if found.columns is None:
        about += f" {FITTED_ELSEWHERE}"
    about = " ".join([about, *score.taught])
    return CellScore(number(value, Measure.PROBE_SCORE), whose, about)


def _worth(score: Score, row: int, at: int) -> str:
    """Describe the quality of one cell's probe, with the numbers of the map's tooltip."""
    auc, interval = score.lines
    assert interval.upper is not None
    low, high = interval.values[row, at], interval.upper[row, at]
    is_said = "within reach of chance" in score.grid.source  # of the whole study
    chance = ", may be chance" if score.within_chance[row, at] and not is_said else ""
    return f"AUC {auc.values[row, at]:.3f} ({low:.3f} to {high:.3f}){chance}"
