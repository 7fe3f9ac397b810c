"""What a study found, in words and numbers, before its map."""

from dash import html
from dash.development.base_component import Component

from model_backend import ProbeStudy, Rival, RivalKind, StudyCard


def headline(study: ProbeStudy) -> Component:
    """The sentence to read first, the numbers it rests on, and the rest of the words."""
    card = study.card
    first, *rest = card.headline or ("This study has no headline.",)
    return html.Section(
        [
            html.P(_what(card), className="muted"),
            html.H2(first),
            html.Dl(_numbers(study), className="figures"),
            html.Ul([html.Li(sentence) for sentence in rest], className="rest"),
            html.P(_links(card), className="links"),
        ],
        className="card headline",
    )


def _what(card: StudyCard) -> str:
    dropped = [f"{number:,} dropped because {reason}" for reason, number in card.dropped.items()]
    counts = f"{card.n_right:,} right and {card.n_wrong:,} wrong answers, {card.n_groups:,} groups"
    said = [f"{card.dataset} asked of {card.model}", counts, *dropped, f"{card.finished} UTC"]
    return " · ".join(said + ["imported"] * card.is_imported)


def _numbers(study: ProbeStudy) -> list[Component]:
    best = study.card.best
    baseline = strongest_baseline(study)
    layer, position = study.layer_labels[best.cell.row], study.positions[best.cell.position]
    numbers = [
        ("probe, nested", str(best.nested), "cells chosen on other answers than those scored"),
        ("highest cell", str(best.naive), f"layer {layer}, {position}: chosen because it is high"),
        ("by chance", _threshold(best.threshold), "highest cell in 1 of 20 shuffled studies"),
    ]
    if baseline is not None:
        minus = "best probe minus that, on the same answers"
        numbers += [("best baseline", str(baseline.auc), baseline.name),
                    ("probe minus baseline", str(baseline.difference), minus)]  # fmt: skip
    return [_number(*number) for number in numbers]


def strongest_baseline(study: ProbeStudy) -> Rival | None:
    """The baseline with the highest AUC."""
    baselines = [rival for rival in study.rivals if rival.kind is RivalKind.BASELINE]
    return max(baselines, key=lambda rival: rival.auc.value, default=None)


def _number(name: str, value: str, meaning: str) -> Component:
    main, _, interval = value.partition(" ")
    said = html.Dd([html.Strong(main), html.Span(interval, className="interval")])
    return html.Div([html.Dt(name), said, html.Dd(meaning, className="muted")])


def _threshold(value: float) -> str:
    return "not asked" if value != value else f"{value:.3f}"


def _links(card: StudyCard) -> list[Component]:
    files = {
        "all of it as a zip": "zip",
        "maps as CSV": "maps.csv",
        "baselines at every position as CSV": "baselines.csv",
        "baselines and controls as CSV": "rivals.csv",
        "examples as CSV": "examples.csv",
        "answers not used as CSV": "dropped.csv",
    }
    return [
        html.Span("Download", className="muted"),
        *(html.A(label, href=f"_layerscope/studies/{card.study}/{name}", download="")
          for label, name in files.items()),
    ]  # fmt: skip
