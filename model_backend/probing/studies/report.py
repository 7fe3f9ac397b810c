"""Turns the fits of every cell into maps, the best cell and its references."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from model_backend.api.maps.grid import layer_labels
from model_backend.api.maps.sites import Site
from model_backend.api.study_requests import NAMED_POSITIONS
from model_backend.api.study_results import (
    Best,
    CellName,
    Estimate,
    Extraction,
    Reference,
    ReferenceKind,
)
from model_backend.api.study_tables import ProbeMap
from model_backend.logistic.newton import sigmoid
from model_backend.probing.statistics.auc import (
    FoldedAuc,
    auc_interval,
    estimate_auc,
    estimate_difference,
    folded_auc,
)
from model_backend.probing.statistics.cell_fits import CellFit, Design
from model_backend.probing.statistics.row_fits import FittedRow
from model_backend.probing.statistics.selection import best_set, chance_thresholds, nested_best
from model_backend.probing.studies.answers.asking import AskedQuestion
from model_backend.probing.studies.answers.baselines import BASELINES, MEANINGS
from model_backend.probing.studies.answers.examples import presence

FEWEST_SHARE = 0.8
"""Minimum share of answers that have a position, for it to be a candidate for the best cell."""


@dataclass(frozen=True, eq=False)
class Findings:
    """Everything that was fitted, with the answers and the design; dropped answers are left out."""

    asked: Sequence[AskedQuestion]
    baselines: Float[np.ndarray, "example baseline"]
    design: Design
    rows: Mapping[Site, Sequence[FittedRow]]
    """Fitted rows of each site, from row 0, the embedding."""
    text: CellFit | None
    """The control that is fitted on the tokens of the exact answers."""
    random_rows: Sequence[FittedRow] = ()
    """Fitted rows of the model with random weights; empty without this control."""
    form: CellFit | None = None
    """The control that is fitted on the form of the answers."""
    extraction: Extraction | None = None

    @property
    def present(self) -> Bool[np.ndarray, "position example"]:
        """True where an answer has a named position."""
        return presence(self.asked)


@dataclass(frozen=True, eq=False)
class Report:
    """Results of a study: maps, best cell, references and AUCs of baselines."""

    maps: Mapping[Site, ProbeMap]
    best: Best
    references: tuple[Reference, ...]
    baseline_auc: Float[np.ndarray, "baseline position"]


def make_report(findings: Findings, seed: int) -> Report:
    """Compute every number of a study; ``seed`` draws the bootstrap of the best set."""
    cells = _Candidates(findings, seed)
    baselines = _folded_baselines(findings)
    baseline_auc = np.array([[auc.value for auc in at] for at in baselines]).T
    maps = {site: cells.probe_map(site, baselines, baseline_auc) for site in findings.rows}
    return Report(maps, cells.best, tuple(_make_references(findings, cells)), baseline_auc)


class _Candidates:
    """The candidates for the best cell: layers after the embedding, at common positions."""

    def __init__(self, findings: Findings, seed: int) -> None:
        self.findings, design = findings, findings.design
        present = findings.present
        is_wide = present.mean(axis=1) >= FEWEST_SHARE
        self.names = [
            CellName(site, row, position)
            for site, rows in findings.rows.items()
            for row in range(1, len(rows))
            for position in range(len(present))
            if is_wide[position] and not np.isnan(rows[row].auc[position])
        ]
        if not self.names:
            self.names = [CellName(next(iter(findings.rows)), 1, 0)]
        rng = np.random.default_rng([seed, 3])
        self.auc = self._stack("auc")
        self.train_influence = self._stack("train_influence")
        influences = self._stack("test_influence"), self.train_influence
        self.in_best_set = best_set(self.auc, *influences, design.groups, rng)
        self.n_right = (present & design.is_correct).sum(axis=1)
        self.n_wrong = (present & ~design.is_correct).sum(axis=1)
        self.thresholds = self._thresholds()
        self.nested, self.chosen = nested_best(
            self._stack("inner_auc"), self._stack("scores"), self.train_influence, design
        )
        self.best = self._best()

    def _stack(self, what: str) -> np.ndarray:
        rows = self.findings.rows
        return np.stack([getattr(rows[n.site][n.row], what)[n.position] for n in self.names])

    def folded(self, name: CellName) -> FoldedAuc:
        """The AUC of a cell with the influence of every example on its error."""
        return self.findings.rows[name.site][name.row].folded(name.position)

    def _thresholds(self) -> Float[np.ndarray, " position"]:
        """Threshold of chance for every position, over all cells except the embedding's."""
        rows = [row for rows in self.findings.rows.values() for row in rows[1:]]
        shuffled = np.concatenate([row.shuffled_auc for row in rows])
        counts = (np.tile(count, len(rows)) for count in (self.n_right, self.n_wrong))
        return chance_thresholds(shuffled, *counts)[: len(self.n_right)]

    def _best(self) -> Best:
        design = self.findings.design
        cell = self.names[int(np.nanargmax(self.auc))]
        names = (self.names[n] for n in self.chosen.ravel())
        chosen = Counter(name.label(NAMED_POSITIONS[name.position]) for name in names)
        return Best(
            cell=cell,
            naive=estimate_auc(self.folded(cell), design.is_correct, design.groups),
            nested=estimate_auc(self.nested, design.is_correct, design.groups),
            chosen=dict(chosen.most_common()),
            threshold=float(self.thresholds[cell.position]),
            n_in_best_set=int(self.in_best_set.sum()),
            n_cells=len(self.names),
        )

    def probe_map(
        self,
        site: Site,
        baselines: Sequence[Sequence[FoldedAuc]],
        baseline_auc: Float[np.ndarray, "baseline position"],
    ) -> ProbeMap:
        """Build the map of one site, with paired differences to the best baseline per position."""
        rows, findings = self.findings.rows[site], self.findings
        auc = np.stack([row.auc for row in rows])
        low, high, difference = (np.full((*auc.shape, n), np.nan) for n in (1, 1, 3))
        fewest = np.minimum(self.n_right, self.n_wrong)
        for row, position in np.argwhere(~np.isnan(auc)).tolist():
            folded = rows[row].folded(position)
            error = folded.error(findings.design.groups)
            low[row, position], high[row, position] = auc_interval(
                folded.value, error, int(fewest[position])
            )
            reference = baselines[position][int(np.nanargmax(baseline_auc[:, position]))]
            paired = estimate_difference(folded, reference, findings.design.groups)
            difference[row, position] = paired.value, paired.low, paired.high
        in_best_set = np.zeros(auc.shape, dtype=bool)
        for name, is_in in zip(self.names, self.in_best_set, strict=True):
            if name.site is site:
                in_best_set[name.row, name.position] = is_in
        scores = np.stack([row.scores for row in rows])
        return ProbeMap(
            site=site,
            auc=auc,
            low=low[..., 0],
            high=high[..., 0],
            auprc=np.stack([row.auprc for row in rows]),
            shuffled=_mean(np.stack([row.shuffled_auc for row in rows])),
            random_model=self._random_aucs(site, auc),
            in_best_set=in_best_set,
            threshold=self.thresholds,
            difference=difference[..., 0],
            difference_low=difference[..., 1],
            difference_high=difference[..., 2],
            scores=sigmoid(scores).mean(axis=2),
            penalty=np.stack([row.penalty for row in rows]),
            fold_penalties=np.stack([row.fold_penalties for row in rows]),
        )

    def _random_aucs(self, site: Site, auc: np.ndarray) -> np.ndarray:
        rows = self.findings.random_rows
        if not rows or site is not Site.RESID_POST:
            return np.full(auc.shape, np.nan)
        return np.stack([row.auc for row in rows])


def _mean(values: np.ndarray) -> np.ndarray:
    return values.mean(axis=-1) if values.shape[-1] else np.full(values.shape[:-1], np.nan)


def _folded_baselines(findings: Findings) -> list[list[FoldedAuc]]:
    """AUC of every baseline at every position, on the answers and folds of its probes."""
    return [
        [_baseline(findings, number, there) for number in range(len(BASELINES))]
        for there in findings.present
    ]


def _baseline(findings: Findings, number: int, there: Bool[np.ndarray, " example"]) -> FoldedAuc:
    values = np.where(there, findings.baselines[:, number], np.nan)
    design = findings.design
    return folded_auc(np.tile(values, (len(design.folds), 1)), design.is_correct, design.folds)


def _make_references(findings: Findings, cells: _Candidates) -> Iterator[Reference]:
    """Yield baselines and controls, compared with the nested AUC on the same answers."""
    design, best = findings.design, cells.best
    everybody = findings.present[best.cell.position]

    def reference(name: str, kind: ReferenceKind, auc: FoldedAuc, meaning: str) -> Reference:
        return Reference(
            name,
            kind,
            estimate_auc(auc, design.is_correct, design.groups),
            estimate_difference(cells.nested, auc, design.groups),
            meaning,
        )

    found = [
        reference(
            name, ReferenceKind.BASELINE, _baseline(findings, number, everybody), MEANINGS[name]
        )
        for number, name in enumerate(BASELINES)
        if not np.isnan(findings.baselines[:, number]).all()
    ]
    if findings.text is not None:
        meaning = "A probe on the tokens of the exact answer, without activations."
        found.append(reference("answer text", ReferenceKind.CONTROL, findings.text.auc, meaning))
    if findings.form is not None:
        meaning = (
            "A probe on the form of the answer alone: its length, its sentences, the place of the "
            "exact answer, whether it was cut off."
        )
        found.append(reference("answer form", ReferenceKind.CONTROL, findings.form.auc, meaning))
    embedding = cells.folded(CellName(best.cell.site, 0, best.cell.position))
    if embedding.value == embedding.value:
        meaning = "A probe on the embedding at the best position, before any layer."
        found.append(reference("embedding row", ReferenceKind.CONTROL, embedding, meaning))
    if findings.random_rows:
        meaning = "The best cell of a model with random weights, chosen in the same nested way."
        found.append(
            reference("random weights", ReferenceKind.CONTROL, _random_best(findings), meaning)
        )
    found.append(_shuffled(cells))
    yield from sorted(
        (each for each in found if each.auc.value == each.auc.value),
        key=lambda each: -each.auc.value,
    )


def _random_best(findings: Findings) -> FoldedAuc:
    is_wide = findings.present.mean(axis=1) >= FEWEST_SHARE
    cells = [
        (row, position)
        for row in findings.random_rows[1:]
        for position in np.flatnonzero(is_wide & ~np.isnan(row.auc))
    ]
    inner, scores, train_influence = (
        np.stack([getattr(row, what)[position] for row, position in cells])
        for what in ("inner_auc", "scores", "train_influence")
    )
    design = findings.design
    first = replace(design, folds=design.folds[: inner.shape[1]])
    return nested_best(inner, scores, train_influence, first)[0]


def _shuffled(cells: _Candidates) -> Reference:
    """The best cell with shuffled labels; the interval spans 95 % of the shuffled studies."""
    cell, nested = cells.best.cell, cells.best.nested
    aucs = cells.findings.rows[cell.site][cell.row].shuffled_auc[cell.position]
    if not len(aucs):
        aucs = np.array([np.nan])
    low, value, high = (
        float(np.nanquantile(aucs, q)) if len(aucs) > 1 else float("nan")
        for q in (0.025, 0.5, 0.975)
    )
    return Reference(
        "shuffled labels",
        ReferenceKind.CONTROL,
        Estimate(value, low, high),
        Estimate(nested.value - value, nested.value - high, nested.value - low),
        "The best cell's probe, fitted and tested on shuffled labels.",
    )


def row_labels(findings: Findings) -> tuple[str, ...]:
    """Labels of the rows of every map, such as "embed" and "1"."""
    return layer_labels(len(next(iter(findings.rows.values()))) - 1)
