"""The form with which a study is asked for, and what is said of a data set before it runs."""

from collections.abc import Sequence

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.page.components import definition_mark, model_select
from dashboard.page.hints import BY_ID, HINT, OF_FOLDED
from dashboard.page.probe_ids import Form
from dashboard.views.probe.studies.file_columns import columns_part, label_word
from model_backend import (
    FEWEST_OF_A_CLASS,
    LARGEST_STUDY,
    MOST_UPLOAD_BYTES,
    PROBE_SITES,
    SMALLEST_STUDY,
    DatasetPreview,
    ModelCard,
    Site,
    counted,
)

KEPT = {"persistence": True, "persistence_type": "session"}
"""Properties that keep typed and chosen values over a reload of the page."""
LIMITS = (
    f"A file may have {MOST_UPLOAD_BYTES / 1e6:g} MB and {LARGEST_STUDY:,} rows. A study needs "
    f"{SMALLEST_STUDY} questions at least, and among the model's answers to them "
    f"{FEWEST_OF_A_CLASS} right and {FEWEST_OF_A_CLASS} wrong ones."
)


def study_form(cards: Sequence[ModelCard]) -> Component:
    """Data set, model, sites, size and seed; the rest under "More"."""
    return html.Section(
        [
            html.H2("Run a study of your own"),
            html.Div([*_what(), *_how(cards)], className="study-fields"),
            html.P(LIMITS, className="muted"),
            html.Div(id=Form.PREVIEW, className="preview"),
            html.Div([html.Div(id=Form.REFUSED), columns_part()], id=Form.FILE),
            _more(),
            html.Div(id=Form.JOBS, className="jobs", **{"aria-live": "off"}),
        ],
        className="card study-form",
    )


def _what() -> list[Component]:
    hint = (
        "A CSV or JSONL file with a question and its right answer in every row; if there are, also "
        "other right answers, known wrong answers, and a group: what the question is about. "
        "Several right answers may be a JSON list. Questions of one group are never on both sides "
        "of a split. A file may also bring answers of a model (column model_answer), their exact "
        "answers (exact_answer) and labels (correct); then the model reads the answers and "
        "generates none."
    )
    upload = dcc.Upload(
        html.Button(
            "Upload questions …", type="button", className="plain", **{HINT: BY_ID[Form.UPLOAD]}
        ),
        id=Form.UPLOAD,
        className="upload",
        max_size=-1,
    )
    # The file field comes later than the rest: a label around it names it from the start.
    label = html.Label([html.Span("A file of questions", className="for-readers"), upload])
    return [
        dmc.Select(id=Form.DATASET, label="Data set", data=[], allowDeselect=False,
                   className="dataset", **KEPT),
        html.Div([label, definition_mark(hint)], className="upload-and-hint"),
    ]  # fmt: skip


def _how(cards: Sequence[ModelCard]) -> list[Component]:
    sites = dmc.ChipGroup(
        [dmc.Chip(site.value, value=site.value, size="xs") for site in PROBE_SITES],
        id=Form.SITES,
        multiple=True,
        value=[Site.RESID_POST.value],
        **KEPT,
    )
    return [
        model_select(Form.MODEL, cards, **KEPT),
        dmc.InputWrapper(
            html.Div(sites, className="sites"), label="Sites", **{HINT: BY_ID[Form.SITES]}
        ),
        _number(Form.SIZE, "Questions", 1000),
        _number(Form.SEED, "Seed", 0),
        dmc.Button("Run study", id=Form.RUN, n_clicks=0, className="run"),
    ]  # fmt: skip


def _more() -> Component:
    switches = {
        Form.RANDOM_MODEL: "Compare with a model of random weights",
        Form.TRUTH: "Ask the model whether its answers are true",
        Form.KEEP: "Keep the activations",
    }
    parts = [
        _number(Form.PERMUTATIONS, "Shuffles of the labels", 20),
        *(dmc.Switch(id=id_, label=label, checked=id_ != Form.KEEP, size="xs", **KEPT)
          for id_, label in switches.items()),
    ]  # fmt: skip
    return html.Details([html.Summary("More"), html.Div(parts, className="study-fields")])


def _number(id_: str, label: str, value: int) -> Component:
    return dmc.NumberInput(id=id_, label=label, value=value, min=0, allowDecimal=False,
                           className="number", **KEPT)  # fmt: skip


def preview(found: DatasetPreview) -> Component:
    """Preview of a data set: counts, notes, and its first questions."""
    return html.Div(
        [
            html.P(_counts(found), className="counts"),
            *([html.P(found.about, className="muted")] if found.about else []),
            *(html.P(problem, className="muted") for problem in found.problems),
            html.Details([_first_questions(), _first(found)], hidden=not found.first),
        ]
    )


def _first_questions() -> Component:
    return html.Summary("First questions", **{HINT: OF_FOLDED["first"]})


def refusal(found: DatasetPreview) -> Component:
    """Reason why a file cannot be used, and its content as far as it was read."""
    was_read = found.n_usable or found.n_duplicates or found.n_empty
    counts = [html.P(_counts(found), className="counts")] if was_read else []
    what_now = html.P("Mend the file and bring it again, or choose another data set.")
    said = [*(html.P(problem) for problem in found.problems), *counts, what_now]
    return dmc.Alert(said, title=f"{found.name} cannot be used yet", color="red")


def _counts(found: DatasetPreview) -> str:
    left_out = found.n_empty + found.n_duplicates
    said = [
        f"{counted(found.n_usable, 'question')} in {counted(found.n_groups, 'group')}",
        _count(found.n_duplicates, "duplicate", "duplicates"),
        _count(found.n_empty, "incomplete row", "incomplete rows"),
    ]
    more = f" · {left_out:,} of {found.n_rows:,} rows left out" if left_out else ""
    return f"{found.name}: {' · '.join(said)}{more}"


def _count(number: int, one: str, many: str) -> str:
    return counted(number, one, many) if number else f"no {many}"


def _first(found: DatasetPreview) -> Component:
    columns = {
        "question": [one.question for one in found.first],
        "right answer": [one.answer for one in found.first],
        "other right answers": [", ".join(one.aliases) for one in found.first],
        "wrong answers": [", ".join(one.wrong_answers) for one in found.first],
        "group": [one.group for one in found.first],
        "split": [one.split for one in found.first],
        "answer of a model": [one.model_answer for one in found.first],
        "exact answer": [one.exact_answer for one in found.first],
        "label": [label_word(one) for one in found.first],
    }
    always = ("question", "right answer", "other right answers", "group")
    columns = {name: of for name, of in columns.items() if name in always or any(of)}
    heads, rows = tuple(columns), list(zip(*columns.values(), strict=True))
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in heads]))
    body = html.Tbody([html.Tr([html.Td(text) for text in row]) for row in rows])
    return html.Div(html.Table([head, body], className="plain-table"), className="scroll",
                    tabIndex=0)  # fmt: skip
