"""Every table of a study that leaves as CSV."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import orjson

from dashboard.page.spreadsheet import write_csv
from dashboard.views.probe.studies.headline import strongest_baseline
from model_backend import BadRequest, CellName, Estimate, Extraction, ProbeStudy

Row = tuple[object, ...]
PORTION = 256
"""Answers whose scores are written at once."""


def write_table(study: ProbeStudy, table: str) -> Iterable[str]:
    """A table by the name of its file, in one or many pieces.

    Raises:
        BadRequest: there is no such table.
    """
    if table == "scores":
        return score_lines(study)
    if table not in TABLES:
        known = ", ".join((*TABLES, "scores"))
        raise BadRequest(f"There is no table {table!r}; there are {known}.")
    return (write_csv(TABLES[table](study)),)


def headline_rows(study: ProbeStudy) -> Iterable[Row]:
    """One row for every number and sentence of a study's headline; with an interval where there is
    one.
    """
    card, best = study.card, study.card.best
    layer, position = study.layer_labels[best.cell.row], study.positions[best.cell.position]
    yield ("name", "value", "low", "high", "meaning")
    for name in ("study", "model", "revision", "dataset", "finished"):
        yield _said(name, getattr(card, name))
    for name, value in (("site", best.cell.site), ("layer", layer), ("position", position)):
        yield _said(f"best_{name}", value, "of the highest cell")
    yield _measured("nested_auc", best.nested, "cells chosen on other answers than those scored")
    yield _measured("naive_auc", best.naive, "of the highest cell, chosen because it is high")
    yield _said("threshold", best.threshold, "highest cell in 1 of 20 shuffled studies")
    yield _said("n_cells", best.n_cells, "among which the best is chosen")
    yield _said("n_in_best_set", best.n_in_best_set, "cells that cannot be told from the best")
    yield _said("n", card.n, "answers that were used")
    yield _said("n_right", card.n_right)
    yield _said("n_wrong", card.n_wrong)
    yield _said("n_groups", card.n_groups)
    yield _said("n_dropped", sum(card.dropped.values()), "answers that could not be used")
    for reason, count in card.dropped.items():
        yield _said("dropped", count, reason)
    baseline = strongest_baseline(study)
    if baseline is not None:
        yield _measured("best_baseline_auc", baseline.auc, baseline.name)
        yield _measured("probe_minus_baseline", baseline.difference, "paired, on the same answers")
    yield from _extraction_rows(card.extraction)
    for sentence in card.headline:
        yield _said("sentence", sentence)


def _extraction_rows(found: Extraction | None) -> Iterable[Row]:
    if found is None:
        return
    meaning = "right answers whose exact answer holds a right answer"
    yield _measured("extractor_recall", found.recall, meaning)
    yield _said("extractor_extra_words", found.extra_words, "median, beside the right answer")
    yield _said("found_in_right", found.found_right, "share with any exact answer")
    yield _said("found_in_wrong", found.found_wrong, "share with any exact answer")
    yield _said("n_cut_off", found.n_cut_off, "answers that ended at the limit of their length")
    for method, count in found.found_by.items():
        yield _said("exact_answers", count, method)


def _said(name: str, value: object, meaning: str = "") -> Row:
    return (name, value, "", "", meaning)


def _measured(name: str, estimate: Estimate, meaning: str) -> Row:
    return (name, estimate.value, estimate.low, estimate.high, meaning)


def map_rows(study: ProbeStudy) -> Iterable[Row]:
    """One row for every site, layer and position, with every number there is, and how often the
    nested AUC chose this cell."""
    cells = ("auc", "low", "high", "auprc", "shuffled", "random_model", "in_best_set",
             "difference", "difference_low", "difference_high", "penalty")  # fmt: skip
    columns = ("n", "n_wrong", "n_groups")
    yield ("site", "layer", "position", *columns, "threshold", "best_baseline", *cells,
           "times_chosen")  # fmt: skip
    for site, probes in study.maps.items():
        for row, layer in enumerate(study.layer_labels):
            for at, position in enumerate(study.positions):
                sizes = (int(getattr(study, name)[at]) for name in columns)
                numbers = (getattr(probes, name)[row, at] for name in cells)
                times = study.card.best.chosen.get(CellName(site, row, at).label(position), 0)
                yield (site, layer, position, *sizes, probes.threshold[at],
                       study.best_baseline(at), *numbers, times)  # fmt: skip


def baseline_rows(study: ProbeStudy) -> Iterable[Row]:
    """One row for every baseline and position; no AUC where it has none."""
    yield ("baseline", "position", "n", "n_wrong", "auc")
    for baseline, name in enumerate(study.baseline_names):
        for at, position in enumerate(study.positions):
            auc = study.baseline_auc[baseline, at]
            yield (name, position, int(study.n[at]), int(study.n_wrong[at]), auc)


def reference_rows(study: ProbeStudy) -> Iterable[Row]:
    """One row for every baseline and control."""
    yield ("name", "kind", "auc", "low", "high", "probe_minus_it", "difference_low",
           "difference_high", "meaning")  # fmt: skip
    for reference in study.references:
        auc, minus = reference.auc, reference.difference
        yield (reference.name, reference.kind, auc.value, auc.low, auc.high, minus.value, minus.low,
               minus.high, reference.meaning)  # fmt: skip


def example_rows(study: ProbeStudy) -> Iterable[Row]:
    """One row for every answer, with the score that the best cell's probe gave it."""
    examples, best = study.examples, study.card.best.cell
    scores = study.maps[best.site].scores[best.row, best.position]
    baselines = list(study.baseline_names)
    yield ("question", "answer", "exact_answer", "right_answer", "is_right", "group",
           "probe_score", *baselines, "aliases", "row")  # fmt: skip
    for n in range(examples.n):
        yield (examples.question[n], examples.answer[n], examples.exact_answer[n],
               examples.right_answer[n], bool(examples.is_correct[n]), examples.group[n],
               scores[n], *examples.baselines[n], "|".join(examples.aliases[n]),
               _row(study, n))  # fmt: skip


def dropped_rows(study: ProbeStudy) -> Iterable[Row]:
    """One row for every answer that could not be used."""
    yield ("question", "answer", "exact_answer", "right_answer", "group", "reason", "aliases",
           "why", "row")  # fmt: skip
    for each in study.dropped:
        yield (each.question, each.answer, each.exact_answer, each.right_answer, each.group,
               each.reason, "|".join(each.aliases), each.why,
               "" if each.row < 0 else each.row)  # fmt: skip


def _row(study: ProbeStudy, example: int) -> int | str:
    """Number of an answer's row in the data set's file; empty in an older study."""
    return study.examples.row[example] if study.examples.row else ""


def score_lines(study: ProbeStudy) -> Iterator[str]:
    """One line for every answer: its folds, and P(correct) by every cell's probes, none of which
    had seen it, averaged over the repeats; nan where the cell has none.

    In portions, so that half a million numbers or more are not all there as text at once.
    """
    cells = (
        f"{site}/{layer}/{position}"
        for site in study.maps
        for layer in study.layer_labels
        for position in study.positions
    )
    folds = (f"fold_{number + 1}" for number in range(len(study.folds)))
    yield write_csv([("question", "row", "is_right", *folds, *cells)])
    for start in range(0, study.examples.n, PORTION):
        yield "".join(_score_lines(study, slice(start, start + PORTION)))


def _score_lines(study: ProbeStudy, some: slice) -> Iterator[str]:
    questions = study.examples.question[some]
    maps = [probes.scores[..., some].reshape(-1, len(questions)) for probes in study.maps.values()]
    scores = np.ascontiguousarray(np.concatenate(maps).T, dtype=np.float32)
    right, folds = study.examples.is_correct[some].tolist(), study.folds[:, some].tolist()
    for n, question in enumerate(questions):
        row = _row(study, some.start + n)
        words = (question, row, right[n], *(fold[n] for fold in folds))
        begin = write_csv([words]).removesuffix("\n")
        # A list of JSON is what CSV wants, and comes a hundred times as fast.
        numbers = orjson.dumps(scores[n], option=orjson.OPT_SERIALIZE_NUMPY).decode()
        yield f"{begin},{numbers[1:-1].replace('null', 'nan')}\n"


TABLES: dict[str, Callable[[ProbeStudy], Iterable[Row]]] = {
    "headline": headline_rows,
    "maps": map_rows,
    "baselines": baseline_rows,
    "rivals": reference_rows,
    "examples": example_rows,
    "dropped": dropped_rows,
}
"""By the name of the file; "scores" is written in portions."""
