"""The right answer's chances beside the given one's, through the layers, and what made the gap."""

from collections.abc import Iterator

from dash import html
from dash.development.base_component import Component

from dashboard.cell.preference import chances, chances_chart, lead, split
from dashboard.page.hints import HINT, OF_FOLDED
from dashboard.page.labels import visible
from model_backend import Answer, Attribution, AttributionRequest, Backend

MARK_ONE = (
    "No exact answer is marked, so there is no place at which a right answer could stand. Mark the "
    "tokens that state the answer."
)


def attribution_of(backend: Backend, answer: Answer) -> Attribution | None:
    """Both tokens at the place where they part; None where no exact answer is marked.

    Where no right answer differs, the given one is set against the likeliest other token.
    """
    fork = answer.fork
    if fork is None:
        return None
    one, other = (fork.given, None) if fork.right is None else (fork.right, fork.given)
    asked = AttributionRequest(answer.model, fork.position, one, other, token_ids=answer.token_ids)
    return backend.attribution(asked)


def chances_panel(answer: Answer, found: Attribution | None) -> list[Component]:
    """A heading, a sentence and a chart; behind a line, what each layer wrote."""
    if answer.fork is None or found is None:
        return [html.H2("Chances of the answer"), html.P(MARK_ONE, className="muted")]
    is_right_known = answer.fork.right is not None
    heading = "Right answer and given answer" if is_right_known else "Given answer and runner-up"
    names = [html.Code(visible(one.text)) for one in (found.token, found.other)]
    return [
        html.H2(heading),
        html.P(list(_said(answer, found, names))),
        *chances_chart(found),
        html.Details(
            [
                html.Summary(
                    ["Why ", names[0], " rather than ", names[1], "?"], **{HINT: OF_FOLDED["why"]}
                ),
                html.Div(split(found), className="preference"),
            ],
            className="why",
        ),
    ]


def _said(answer: Answer, found: Attribution, names: list[Component]) -> Iterator[Component | str]:
    """Say at which token both are read, their last chances, and which layers prefer the first."""
    at = html.Code(visible(answer.token_texts[found.position]))
    yield from ("After ", at, f", at layer {found.layer_labels[-1]}: {chances(found)}. ")
    yield from (names[0], f" {lead(found)}.")
