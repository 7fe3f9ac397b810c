"""Words about an answer: its tokens for the browser, the verdict, the named positions."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.page.labels import visible
from model_backend import Answer, AnswerProgress, Inspection, Measure, Verdict, coinciding, counted

MARKS = {
    Verdict.RIGHT: "✓",
    Verdict.WRONG: "✗",
    Verdict.CANNOT_TELL: "?",
    Verdict.NO_ANSWER: "—",
}
LONG_ENOUGH_FOR_A_GUESS = 1.0
"""Seconds after which the time that is left can be said."""


def answer_probabilities(answer: Answer, inspection: Inspection) -> list[float]:
    """Probability of each of the answer's tokens, given all tokens before it."""
    last_row = inspection.grids[Measure.NEXT_TOKEN_PROBABILITY].values[-1]
    return [float(p) for p in last_row[answer.n_prompt - 1 : len(answer.token_ids) - 1]]


def tokens_for_browser(answer: Answer, inspection: Inspection) -> dict[str, Any]:
    """Input of assets/views/answer_tokens.js: texts and parts of all tokens, and the mark."""
    return {
        "texts": [visible(text) for text in answer.token_texts],
        "parts": [part.value for part in answer.parts],
        "ids": list(answer.token_ids),
        "nPrompt": answer.n_prompt,
        "probabilities": answer_probabilities(answer, inspection),
        "exact": [answer.exact.first, answer.exact.last] if answer.exact else None,
    }


def verdict_line(answer: Answer) -> list[Component]:
    """The exact answer and the verdict, each with its reason."""
    found = "as marked" if answer.by_hand else answer.found_by
    exact: list[Component] = [
        html.Span(["Exact answer: ", html.Code(answer.exact_text), f", {found}"])
    ]
    if answer.exact_text is None:
        why = "none is marked" if answer.by_hand else "not found"
        exact = [html.Span(f"Exact answer: {why}", className="not-found")]
    if answer.judgement is None:
        return [*exact, html.Span("Give the right answer to have this one judged.")]
    verdict = answer.judgement.verdict
    kind = f"chip is-{verdict.value.replace(' ', '-')}"
    chip = html.Span(f"{MARKS[verdict]} {verdict.value}", className=kind)
    return [chip, *exact, html.Span(answer.judgement.why, className="muted")]


def finish_line(answer: Answer) -> str:
    """Length of the answer, and the reason why it ends there."""
    n_tokens = len(answer.token_ids) - answer.n_prompt
    said = f"{counted(n_tokens, 'token')}."
    return f"{said} {answer.finish.value}" if answer.finish else said


def positions_table(answer: Answer) -> Component:
    """Every name, the token that bears it, and which other names are that token's."""
    same = coinciding(answer.positions)
    rows = [
        html.Tr(
            [
                html.Td(html.Code(one.name)),
                html.Td(
                    "—" if one.index is None else html.Code(visible(answer.token_texts[one.index]))
                ),
                html.Td("" if one.index is None else str(one.index)),
                html.Td(
                    one.why_missing
                    if one.index is None
                    else f"same token as {', '.join(same[one.name])}"
                    if same[one.name]
                    else ""
                ),
            ],
            className="is-missing" if one.index is None else "",
        )
        for one in answer.positions
    ]
    heads = html.Tr([html.Th(head) for head in ("name", "token", "position", "")])
    return html.Table([html.Thead(heads), html.Tbody(rows)], className="positions")


def progress_for_browser(progress: AnswerProgress, since: int) -> dict[str, Any]:
    """Tokens from ``since`` on of an answer in the making, for assets/views/answer.js."""
    texts = progress.token_texts[since:]
    return {
        "running": progress.is_running,
        "texts": [visible(text) for text in texts],
        "probabilities": list(progress.probabilities[since : since + len(texts)]),
        "ids": [] if progress.is_running else list(progress.token_ids),
        "said": progress_line(progress),
        "share": len(progress.token_ids) / (progress.most_tokens or 1),
        "error": progress.error,
    }


def progress_line(progress: AnswerProgress) -> str:
    """Progress, speed, and the longest time left."""
    made, left = len(progress.token_ids), progress.seconds_left
    if not made or progress.most_tokens is None:
        return "Waiting for the model"
    said = f"{made:,} of at most {counted(progress.most_tokens, 'token')}"
    if left is None or progress.seconds < LONG_ENOUGH_FOR_A_GUESS:
        return said
    return f"{said} · {made / progress.seconds:.3g} a second · at most {_duration(left)} left"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min"
