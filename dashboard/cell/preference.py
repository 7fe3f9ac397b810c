"""One token rather than another, in an opened cell and beside an answer.

Both tokens' chances through the layers, and what each layer wrote for one and against the other.
"""

import math
from collections.abc import Iterator

import numpy as np
from dash import html
from dash.development.base_component import Component

from dashboard.cell.charts import Path, parts_chart, paths_chart
from dashboard.page.labels import visible
from dashboard.page.requests import Request
from model_backend import Attribution, Measure, counted, percent, significant

MOST_NAMED = 3
"""Writes that are named on either side."""
CLEAR = 0.01
"""Probability below which it means nothing which of two tokens is ahead."""
HARDLY = 0.05
"""Logits: a write of less is not named."""


def pair_of(cell: Request) -> tuple[int, int] | None:
    """The two tokens that the map of a cell compares, if it compares two."""
    for measure in map(Measure, cell.get("measures") or ()):
        if len(set(measure.token_ids)) == 2:
            return measure.token_ids[0], measure.token_ids[1]
    return None


def chances_chart(found: Attribution) -> list[Component]:
    """The probability of both tokens at every layer."""
    names = (visible(found.token.text), visible(found.other.text))
    paths = [Path(name, found.chances[:, at]) for at, name in enumerate(names)]
    said = f"Probability of {names[0]} and of {names[1]} at every layer"
    return paths_chart(found, paths, len(paths), said)


def split(found: Attribution) -> list[Component]:
    """The logit difference split into what was written for it, with the unexplained rest."""
    token, other = (html.Code(visible(one.text)) for one in (found.token, found.other))
    total = float(found.difference[found.row])
    layer = found.layer_labels[found.row]
    lead = [f"At layer {layer}, the logit of ", token, f" is {abs(total):.2f} "]
    lead += ["above" if total >= 0 else "below", " that of ", other, f": {times(total)}."]
    if found.why_no_parts:
        return [html.P(lead), html.P(found.why_no_parts, className="muted")]
    return [
        html.P(lead),
        *parts_chart(found),
        html.P(list(_largest(found)), className="largest"),
        html.P(_sum(found, total), className="muted sum"),
    ]


def times(logits: float) -> str:
    """A logit difference as how many times as likely the first token is."""
    if abs(logits) < HARDLY:
        return "as likely"
    how = "likely" if logits > 0 else "unlikely"
    return f"{significant(math.exp(min(abs(logits), 40)))} times as {how}"


def chances(found: Attribution) -> str:
    """Both probabilities at the row that is read."""
    first, other = (
        f"{visible(one.text)} {percent(one.probability)}" for one in (found.token, found.other)
    )
    return f"{first}, {other}"


def lead(found: Attribution) -> str:
    """The layers at which the first token is ahead, without the embedding."""
    gaps, labels = found.difference[1:], found.layer_labels[1:]
    ahead = gaps > 0
    lasting = np.logical_and.accumulate(ahead[::-1])[::-1]
    if ahead.all() or not ahead.any():
        return f"is {'ahead' if ahead.all() else 'behind'} at every layer"
    if lasting.any():
        return f"is ahead from layer {labels[int(lasting.argmax())]} on"
    real = ahead & (found.chances[1:].max(axis=1) >= CLEAR)
    if not real.any():
        return f"is never ahead where either is at {percent(CLEAR)} or more"
    most = labels[int(np.where(real, gaps, -np.inf).argmax())]
    return f"is ahead at {counted(int(real.sum()), 'layer')}, most at {most}, and not in the end"


def _largest(found: Attribution) -> Iterator[Component | str]:
    """The writes that did most for the first token, and for the other."""
    labels = found.layer_labels[1:]
    parts = [(f"{name} {label}", float(value))
             for name, values in (("attention", found.attention), ("MLP", found.mlp))
             for label, value in zip(labels, values, strict=True)]  # fmt: skip
    for at, (one, sign) in enumerate(((found.token, 1), (found.other, -1))):
        ordered = sorted(parts, key=lambda part: -sign * part[1])
        named = [part for part in ordered[:MOST_NAMED] if sign * part[1] >= HARDLY]
        yield " Most for " if at else "Most for "
        yield html.Code(visible(one.text))
        said = ", ".join(f"{name} {value:+.2f}" for name, value in named)
        yield f": {said}." if named else ": nothing to speak of."


def _sum(found: Attribution, total: float) -> str:
    terms = {
        "embedding": found.embedding,
        "attention": float(found.attention.astype(np.float64).sum()),
        "MLPs": float(found.mlp.astype(np.float64).sum()),
        "unexplained": found.rest,
    }
    said = ", ".join(f"{name} {value:+.2f}" for name, value in terms.items())
    return (
        f"Together {total:+.2f}: {said}. The final norm is held at the scale it has there; what "
        "is unexplained are biases of norm and output matrix, a soft cap, and rounding."
    )
