"""Headline of a study, in words and numbers, shown before its map."""

from dash import html
from dash.development.base_component import Component

from dashboard.page.hints import HINT, OF_FOLDED
from model_backend import Extraction, ProbeStudy, Reference, ReferenceKind, StudyCard

FILES = {
    "zip": "the whole study with its probes and checksums, to be brought into any dashboard",
    "headline.csv": "best cell, nested and naive AUC, chance, counts, best baseline, sentences",
    "maps.csv": "every number of every cell, and how often the nested AUC chose it",
    "scores.csv": "P(correct) of every answer by the probes of every cell, and its folds",
    "examples.csv": "every answer that was used, its score at the best cell, its baselines",
    "dropped.csv": "every answer that could not be used, and why",
    "baselines.csv": "the AUC of every baseline at every position",
    "rivals.csv": "baselines and controls beside the best cell, with intervals",
}
"""Downloads of a study, and the content of each file."""


def headline(study: ProbeStudy) -> Component:
    """A study's headline as components: the verdict, its numbers, and their limits."""
    card = study.card
    first, *rest = card.headline or ("This study has no headline.",)
    return html.Section(
        [
            html.P(_what(card), className="muted"),
            html.H2(first),
            html.Dl(_numbers(study), className="figures"),
            html.Ul([html.Li(sentence) for sentence in rest], className="rest"),
            _downloads(card),
        ],
        className="card headline",
    )


def _what(card: StudyCard) -> str:
    dropped = [f"{number:,} dropped because {reason}" for reason, number in card.dropped.items()]
    counts = f"{card.n_right:,} right and {card.n_wrong:,} wrong answers, {card.n_groups:,} groups"
    said = [f"{card.dataset} asked of {card.model}", counts, *dropped, f"{card.finished} UTC"]
    is_example = ["an example that comes with Layerscope"] * card.is_example
    return " · ".join([*is_example, *said, *["imported"] * card.is_imported])


def _numbers(study: ProbeStudy) -> list[Component]:
    best = study.card.best
    baseline = strongest_baseline(study)
    layer, position = study.layer_labels[best.cell.row], study.positions[best.cell.position]
    numbers = [
        ("probe, nested", str(best.nested), "cells chosen on other answers than those scored"),
        ("highest cell", str(best.naive), f"layer {layer}, {position}: chosen because it is high"),
        ("by chance", _threshold(best.threshold), "highest cell in 1 of 20 shuffled studies"),
    ]
    found = study.card.extraction
    if found is not None and found.n_right:
        held = f"{found.n_held:,} of {found.n_right:,} right answers; {_ways(found)}"
        numbers.append(("exact answers hold a right one", str(found.recall), held))
    if baseline is not None:
        minus = "best probe minus that, on the same answers"
        numbers += [("best baseline", str(baseline.auc), baseline.name),
                    ("probe minus baseline", str(baseline.difference), minus)]  # fmt: skip
    return [_number(*number) for number in numbers]


def _ways(found: Extraction) -> str:
    return ", ".join(found.found_by)


def strongest_baseline(study: ProbeStudy) -> Reference | None:
    """The baseline with the highest AUC."""
    baselines = [
        reference for reference in study.references if reference.kind is ReferenceKind.BASELINE
    ]
    return max(baselines, key=lambda reference: reference.auc.value, default=None)


def _number(name: str, value: str, meaning: str) -> Component:
    main, _, interval = value.partition(" ")
    said = html.Dd([html.Strong(main), html.Span(interval, className="interval")])
    return html.Div([html.Dt(name), said, html.Dd(meaning, className="muted")])


def _threshold(value: float) -> str:
    return "not asked" if value != value else f"{value:.3f}"


def _downloads(card: StudyCard) -> Component:
    """Every file that a study leaves as, each with what it holds."""
    files = [
        html.Li([
            html.A(name, href=f"_layerscope/studies/{card.study}/{name}", download=""),
            html.Span(f" {holds}", className="muted"),
        ])
        for name, holds in FILES.items()
    ]  # fmt: skip
    name = "Download: all of it as a zip, or its tables as CSV"
    summary = html.Summary(name, **{HINT: OF_FOLDED["files"]})
    return html.Details([summary, html.Ul(files)], className="downloads")
