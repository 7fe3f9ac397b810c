"""Small figures of one cell of a study: ROC curve, scores of both classes, calibration."""

import numpy as np
import plotly.graph_objects as go
from dash import html
from dash.development.base_component import Component

from dashboard.drawing.colours import AMBERS
from dashboard.drawing.marginals import LINE
from dashboard.views.probe.maps.cell import RULE, graph, small_layout
from dashboard.views.probe.maps.study_map import StudyAt
from model_backend import RocCurve, ScoreBins, bin_scores, roc_curve

WRONG = AMBERS[3][1]
"""The colour of wrong answers; right ones are blue."""


def cell_curves(at: StudyAt, row: int, column: int) -> list[Component]:
    """Figures behind one cell, each under its heading."""
    scores = at.study.maps[at.site].scores[row, column].astype(float)
    is_correct = at.study.examples.is_correct
    bins = bin_scores(scores, is_correct)
    figures = {
        "Right answers above wrong ones (ROC)": roc_figure(roc_curve(scores, is_correct)),
        "Scores of right and wrong answers": histogram(bins),
        "Of answers with this score, how many are right?": calibration(bins),
    }
    parts = [part for title, figure in figures.items() for part in (html.H3(title), graph(figure))]
    return [*parts, html.P("Scores are P(correct) by probes that had not seen the answer, "
                             "averaged over the repeats and put together over the folds. The AUC "
                             "above is the mean of the folds', which this curve's area is near.",
                           className="muted")]  # fmt: skip


def roc_figure(curve: RocCurve) -> go.Figure:
    """The curve over the diagonal of chance."""
    figure = go.Figure()
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip",
                       line={"width": 1, "dash": "dash", "color": RULE})  # fmt: skip
    figure.add_scatter(
        x=curve.false_positive_rate,
        y=curve.true_positive_rate,
        mode="lines",
        line={"color": LINE, "width": 2},
        hovertemplate="%{y:.0%} of the right, %{x:.0%} of the wrong<extra></extra>",
    )
    shares = {"tickformat": ".0%"}
    small_layout(
        figure,
        "false positive rate (wrong answers accepted)",
        "true positive rate",
        xaxis=shares,
        yaxis=shares,
    )
    return figure


def histogram(bins: ScoreBins) -> go.Figure:
    """Histogram of scores for right and for wrong answers."""
    middles = (bins.edges[1:] + bins.edges[:-1]) / 2
    figure = go.Figure()
    for name, counts, colour in (("right", bins.n_right, LINE), ("wrong", bins.n_wrong, WRONG)):
        label = f"%{{y}} {name}, score about %{{x:.2f}}<extra></extra>"
        figure.add_bar(x=middles, y=counts, name=name, marker={"color": colour},
                       hovertemplate=label)  # fmt: skip
    small_layout(figure, "P(correct)", "answers", showlegend=True,
                 legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})  # fmt: skip
    return figure


def calibration(bins: ScoreBins) -> go.Figure:
    """The share of right answers at every score; on the diagonal, scores are probabilities."""
    counts = bins.n_right + bins.n_wrong
    filled = counts > 0
    figure = go.Figure()
    figure.add_scatter(x=[0, 1], y=[0, 1], mode="lines", hoverinfo="skip",
                       line={"width": 1, "dash": "dash", "color": RULE})  # fmt: skip
    figure.add_scatter(
        x=bins.mean_score[filled],
        y=bins.share_right[filled],
        mode="lines+markers",
        customdata=counts[filled],
        line={"color": LINE},
        marker={"size": 4 + 10 * np.sqrt(counts[filled] / max(counts.max(), 1)), "opacity": 0.8},
        hovertemplate="score %{x:.2f}: %{y:.0%} right, of %{customdata}<extra></extra>",
    )
    small_layout(figure, "P(correct)", "right", yaxis={"tickformat": ".0%", "range": [0, 1]})
    return figure
