"""The rows of every table of a study that leaves as CSV."""

from collections.abc import Callable, Iterable

from model_backend import ProbeStudy

Row = tuple[object, ...]


def map_rows(study: ProbeStudy) -> Iterable[Row]:
    """One row for every site, layer and position, with every number there is."""
    cells = ("auc", "low", "high", "auprc", "shuffled", "random_model", "in_best_set",
             "difference", "difference_low", "difference_high", "penalty")  # fmt: skip
    columns = ("n", "n_wrong", "n_groups")
    yield ("site", "layer", "position", *columns, "threshold", "best_baseline", *cells)
    for site, probes in study.maps.items():
        for row, layer in enumerate(study.layer_labels):
            for at, position in enumerate(study.positions):
                sizes = (int(getattr(study, name)[at]) for name in columns)
                numbers = (getattr(probes, name)[row, at] for name in cells)
                yield (site, layer, position, *sizes, probes.threshold[at],
                       study.best_baseline(at), *numbers)  # fmt: skip


def baseline_rows(study: ProbeStudy) -> Iterable[Row]:
    """One row for every baseline and position; no AUC where it has none."""
    yield ("baseline", "position", "n", "n_wrong", "auc")
    for baseline, name in enumerate(study.baseline_names):
        for at, position in enumerate(study.positions):
            auc = study.baseline_auc[baseline, at]
            yield (name, position, int(study.n[at]), int(study.n_wrong[at]), auc)


def rival_rows(study: ProbeStudy) -> Iterable[Row]:
    """One row for every baseline and control."""
    yield ("name", "kind", "auc", "low", "high", "probe_minus_it", "difference_low",
           "difference_high", "meaning")  # fmt: skip
    for rival in study.rivals:
        auc, minus = rival.auc, rival.difference
        yield (rival.name, rival.kind, auc.value, auc.low, auc.high, minus.value, minus.low,
               minus.high, rival.meaning)  # fmt: skip


def example_rows(study: ProbeStudy) -> Iterable[Row]:
    """One row for every answer, with the score that the best cell's probe gave it."""
    examples, best = study.examples, study.card.best.cell
    scores = study.maps[best.site].scores[best.row, best.position]
    baselines = list(study.baseline_names)
    yield ("question", "answer", "exact_answer", "right_answer", "is_right", "group",
           "probe_score", *baselines, "aliases")  # fmt: skip
    for n in range(examples.n):
        yield (examples.question[n], examples.answer[n], examples.exact_answer[n],
               examples.right_answer[n], bool(examples.is_right[n]), examples.group[n],
               scores[n], *examples.baselines[n], "|".join(examples.aliases[n]))  # fmt: skip


def dropped_rows(study: ProbeStudy) -> Iterable[Row]:
    """One row for every answer that could not be used."""
    yield ("question", "answer", "exact_answer", "right_answer", "group", "reason", "aliases")
    for each in study.dropped:
        yield (each.question, each.answer, each.exact_answer, each.right_answer, each.group,
               each.reason, "|".join(each.aliases))  # fmt: skip


TABLES: dict[str, Callable[[ProbeStudy], Iterable[Row]]] = {
    "maps": map_rows,
    "baselines": baseline_rows,
    "rivals": rival_rows,
    "examples": example_rows,
    "dropped": dropped_rows,
}
"""By the name of the file."""
