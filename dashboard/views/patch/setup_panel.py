"""Facts that are shown before a map is made: tokens, answers, the gap, and the cost."""

from collections.abc import Iterator

from dash import html
from dash.development.base_component import Component

from dashboard.page.ids import Patch
from dashboard.page.labels import visible
from dashboard.views.patch.choices import write_pairs
from model_backend import PatchCost, PatchRequest, PatchSetup, PatchWay, counted, percent

Place = tuple[int | None, int | None]
MOST_SHOWN = 60
"""Tokens of a text that are listed."""


def setup_panel(setup: PatchSetup, request: PatchRequest) -> list[Component]:
    """Everything that is known of a map before it is made."""
    return [
        tokens_table(setup, request),
        answers_table(setup),
        html.Div(list(_said(setup, request)), className="patch-said"),
    ]


def tokens_table(setup: PatchSetup, request: PatchRequest) -> Component:
    """The tokens of both texts under each other, with those that differ marked.

    A press on tokens pairs them, or chooses where noise goes: assets/views/patch.js.
    """
    way, places = PatchWay(request.way), aligned(setup)[:MOST_SHOWN]
    differing, presses = {setup.pairs[at] for at in setup.differing}, not way.is_knock_out
    rows = [_token_row("A", setup.tokens_a, places, differing, presses)]
    said, chosen = "", {}
    if way.needs_b:
        rows.append(_token_row("B", setup.tokens_b, places, differing, presses))
        said = "Press a token of A and one of B to pair them; press both again to part them."
        chosen = {"data-pairs-now": write_pairs(setup.pairs)}
    elif way is PatchWay.GAUSSIAN:
        said = "Press a token to add noise to it, or to take the noise away."
        chosen = {"data-noised-now": " ".join(map(str, request.noised))}
    table = html.Table(html.Tbody(rows), className="patch-tokens", **chosen)
    more = max(len(setup.tokens_a), len(setup.tokens_b)) - MOST_SHOWN
    rest = [f"and {counted(more, 'more token')}"] if more > 0 else []
    below = [html.P(text, className="muted") for text in (*rest, said) if text]
    return html.Div([table, *below], className="patch-scroll", tabIndex=0)


def aligned(setup: PatchSetup) -> list[Place]:
    """Pairs in order, and between them the tokens without a partner."""
    places: list[Place] = []
    next_a = next_b = 0
    for a, b in (*setup.pairs, (len(setup.tokens_a), len(setup.tokens_b))):
        places += [(at, None) for at in range(next_a, a)]
        places += [(None, at) for at in range(next_b, b)]
        places.append((a, b))
        next_a, next_b = max(next_a, a + 1), max(next_b, b + 1)
    return places[:-1]


def _token_row(
    name: str,
    tokens: tuple[str, ...],
    places: list[Place],
    differing: set[tuple[int, int]],
    presses: bool,
) -> Component:
    cells = []
    for place in places:
        position = place["AB".index(name)]
        if position is None:
            cells.append(html.Td("", className="is-missing"))
            continue
        text = (html.Mark if place in differing else html.Code)(visible(tokens[position]))
        named = {"data-text": name, "data-at": str(position), "aria-pressed": "false"}
        token = html.Button(text, type="button", **named) if presses else text
        cells.append(html.Td(token, title=f"position {position}"))
    return html.Tr([html.Th(name, scope="row"), *cells])


def answers_table(setup: PatchSetup) -> Component:
    """Probability and logit of both answers in both texts."""
    heads = ("answer", "P in A", "P in B", "logit in A", "logit in B")
    rows = [
        html.Tr(
            [
                html.Th(html.Code(visible(answer.text)), scope="row"),
                html.Td(percent(answer.probability_a)),
                html.Td(percent(answer.probability_b)),
                html.Td(f"{answer.logit_a:.2f}"),
                html.Td(f"{answer.logit_b:.2f}"),
            ]
        )
        for answer in setup.answers
    ]
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in heads]))
    return html.Table([head, html.Tbody(rows)], className="patch-answers")


def _said(setup: PatchSetup, request: PatchRequest) -> Iterator[Component]:
    unit = "" if setup.unit == request.metric else f" {setup.unit}"
    if PatchWay(request.way).is_knock_out:
        yield html.P(f"{request.metric.capitalize()} in A: {setup.metric_a:.3g}{unit}.")
    else:
        yield html.P(
            f"{request.metric.capitalize()}: {setup.metric_a:.3g}{unit} in A, "
            f"{setup.metric_b:.3g} in B. Gap: {setup.gap:.3g}{unit}."
        )
    for note in setup.notes:
        yield html.P(note, className="muted")
    if setup.problem:
        yield html.P(setup.problem, className="patch-problem")
        if "proposed pairs" in setup.problem:
            yield html.Button(
                "Use the proposed pairs",
                type="button",
                className="link-button",
                **{"data-pairs": write_pairs(setup.pairs), "data-into": Patch.PAIRS},
            )
        return
    yield html.P(cost_line(setup.cost), className="muted")


def cost_line(cost: PatchCost) -> str:
    """The cost of a map in a sentence."""
    seconds = "under a second" if cost.seconds < 1 else f"about {_duration(cost.seconds)}"
    return (
        f"{counted(cost.cells, 'cell')}; {cost.runs:,} have to be run: {seconds}, "
        f"{max(1, round(cost.bytes / 2**20)):,} MB."
    )


def _duration(seconds: float) -> str:
    return f"{round(seconds)} s" if seconds < 90 else f"{round(seconds / 60)} min"


def problem_panel(sentence: str) -> list[Component]:
    """A sentence in place of what would be known."""
    return [html.P(sentence, className="patch-problem")]
