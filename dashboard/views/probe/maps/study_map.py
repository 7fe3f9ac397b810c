"""The map of a study: AUCs with their intervals, sizes, controls and the best baseline beside."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from dashboard.maps.map_data import MapData, Marks
from dashboard.views.ask.answer_map import COUNTED
from dashboard.views.probe.maps.auc_map import AUC, auc_colours
from model_backend import CellLine, MapKind, ProbeMap, ProbeStudy, Provenance, Site, counted


class StudyAt(NamedTuple):
    """A study, and which of its sites is looked at."""

    study: ProbeStudy
    site: Site


def study_name(study: str, site: Site) -> str:
    """The name of a study's map, as it stands in the address."""
    return f"study/{study}/{site}"


def study_map(study: ProbeStudy, site: Site) -> MapData:
    """Map of a study at one site."""
    card, probes = study.card, study.maps[site]
    return MapData(
        grid=study.grid(site),
        request={"map": study_name(card.study, site)},
        kind=MapKind.AUC,
        title=f"{card.name or card.dataset}, {card.model}",
        short_name=AUC,
        colours=auc_colours(probes.auc),
        facts=(str(site), f"{card.n:,} answers", f"{card.n_wrong:,} wrong", card.finished),
        notes=_notes(study, probes),
        lines=_lines(study, probes),
        marks=Marks(outlined=probes.in_best_set, dimmed=probes.auc < probes.threshold),
        provenance=_provenance(study, site),
    )


def _provenance(study: ProbeStudy, site: Site) -> Provenance:
    card = study.card
    own = {
        "study": card.study,
        "dataset": card.dataset,
        "site": str(site),
        "finished": card.finished,
        "answers": str(card.n),
        "wrong": str(card.n_wrong),
    }
    dtype = study.provenance.get("dtype", "")
    return Provenance(card.model, card.revision, dtype, {**study.provenance, **own})


def best_cell(at: StudyAt) -> tuple[int, int]:
    """The highest cell of a site; the first where none has a value."""
    return study_map(*at).best or (0, 0)


def _lines(study: ProbeStudy, probes: ProbeMap) -> tuple[CellLine, ...]:
    def spread(values: np.ndarray) -> np.ndarray:
        return np.broadcast_to(values, probes.auc.shape).astype(float)

    lines = [
        CellLine("95 % interval", probes.low, upper=probes.high),
        CellLine("AUPRC (wrong answers)", probes.auprc),
        CellLine("n", spread(study.n)),
        CellLine("wrong", spread(study.n_wrong)),
        CellLine("groups", spread(study.n_groups)),
        CellLine("shuffled labels", probes.shuffled),
    ]
    if not np.isnan(probes.random_model).all():
        lines.append(CellLine("random weights", probes.random_model))
    return (*lines, *_rivalry(study, probes, spread(best_baselines(study))))


def _rivalry(study: ProbeStudy, probes: ProbeMap, baseline: np.ndarray) -> tuple[CellLine, ...]:
    """The best baseline of every position, by its name, and how far the probe is from it."""
    names = tuple(study.best_baseline(at) or "no baseline" for at in range(len(study.positions)))
    return (
        CellLine("best baseline", baseline, column_labels=names),
        CellLine("difference to it", probes.difference),
        CellLine("95 % interval of it", probes.difference_low, upper=probes.difference_high),
    )


def best_baselines(study: ProbeStudy) -> np.ndarray:
    """The AUC of the best baseline at every position; NaN where there is none."""
    best = np.full(len(study.positions), np.nan)
    if len(study.baseline_names):
        known = ~np.isnan(study.baseline_auc).all(axis=0)
        best[known] = np.nanmax(study.baseline_auc[:, known], axis=0)
    return best


def _notes(study: ProbeStudy, probes: ProbeMap) -> tuple[str, ...]:
    n_best = int(probes.in_best_set.sum())
    n_below = int((probes.auc < probes.threshold).sum())
    n_cells = int(np.isfinite(probes.auc).sum())
    said = [f"Outlined: {counted(n_best, 'cell')} that cannot be told from the best of all."]
    if np.isnan(probes.threshold).all():
        said.append("No permutations were asked for, so nothing says what chance would reach.")
    else:
        limit = f"{np.nanmin(probes.threshold):.3f}"
        said.append(
            f"Hatched: {n_below:,} of {n_cells:,} cells are below {limit} or so, which the best "
            "of all cells reaches by chance in one of twenty studies with shuffled labels."
        )
    return (*said, *_missing(study, probes))


def _missing(study: ProbeStudy, probes: ProbeMap) -> Iterator[str]:
    """The columns without a value, which the map draws in dotted lines, and why they have none."""
    reasons: dict[str, list[str]] = {}
    for at, name in enumerate(study.positions):
        if np.isnan(probes.auc[:, at]).all():
            reasons.setdefault(_why_missing(name, int(study.n[at])), []).append(name)
    for why, names in reasons.items():
        yield f"Dotted: {', '.join(names)}: {why}."


def _why_missing(name: str, n_answers: int) -> str:
    if n_answers:
        return "too few right or too few wrong answers have it for a probe"
    return "no answer is that long" if name in COUNTED else "no answer has it"
