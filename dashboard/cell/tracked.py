"""Tokens in an opened cell that can be tracked, and names of measures that are of such tokens."""

from dash import html
from dash.development.base_component import Component

from dashboard.page.labels import first_site, visible
from model_backend import CellDetail, Measure, Prediction


def tracker(prediction: Prediction) -> Component:
    """The token as a button that makes it the measure of the map (assets/cell/tracking.js)."""
    text = visible(prediction.text)
    return html.Button(
        html.Code(text),
        type="button",
        className="tracker",
        title=f"Track {text}: show how likely it is in every cell",
        **{"data-track": str(prediction.token_id)},
    )


def measure_name(measure: Measure, detail: CellDetail) -> str:
    """A measure's name where cells list it, with the texts of the tokens that it is of."""
    texts = {one.token_id: visible(one.text) for one in detail.chosen}
    known = measure.token_ids and all(token_id in texts for token_id in measure.token_ids)
    return measure.phrase(texts.__getitem__) if known else first_site(measure)
