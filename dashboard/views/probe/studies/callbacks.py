"""Ties the form to the backend: data sets, uploads, running studies and finished ones."""

import base64
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, html, no_update
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dashboard.page.ids import Page
from dashboard.page.loading_panel import asked_in_turn
from dashboard.page.probe_ids import Form, cancel_id, column_id
from dashboard.views.probe.studies.file_columns import read_mapping, show_mapping
from dashboard.views.probe.studies.form import preview, refusal
from dashboard.views.probe.studies.progress import job_list
from model_backend import (
    COLUMN_ROLES,
    Backend,
    BadRequest,
    DatasetPreview,
    Site,
    StudyRequest,
    Upload,
)

QUICK, SLOW = 700, 15_000
"""Milliseconds between two looks at the studies: while one runs, and otherwise."""
NONE_CHOSEN = "No data set is chosen. Choose one, or bring a file of questions."


def register(app: Dash, backend: Backend) -> None:
    """Register the callbacks of the form, which send what is asked to the backend."""
    _register_datasets(app, backend)
    _register_upload(app, backend)
    _register_start(app, backend)
    _register_jobs(app, backend)
    for done in (Form.ADDED, Form.STARTED):  # what was said of the try before is no news
        app.clientside_callback(
            ClientsideFunction("layerscope", "hideError"),
            Input(done, "data"),
            prevent_initial_call=True,
        )


def _register_datasets(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(Form.DATASET, "data"),
        Output(Form.DATASET, "value"),
        Input(Form.ADDED, "data"),
        State(Form.DATASET, "value"),
    )
    def offer(added: str | None, chosen: str | None) -> tuple[list[dict[str, str]], str | None]:
        names = {found.dataset: found.name for found in backend.datasets()}
        value = chosen if chosen in names else next(iter(names), None)
        if added is not None:
            value = added or None  # a refused file leaves no other data set chosen
        return [{"value": id_, "label": name} for id_, name in names.items()], value

    @app.callback(Output(Form.PREVIEW, "children"), Input(Form.DATASET, "value"))
    def describe(chosen: str | None) -> list[Component]:
        if chosen is None:
            return [html.P(NONE_CHOSEN)]
        return [preview(found) for found in backend.datasets() if found.dataset == chosen]

    @app.callback(
        Output(Form.SIZE, "value"),
        Input(Form.DATASET, "value"),
        State(Form.SIZE, "value"),
        prevent_initial_call=True,
    )
    def lower_size(chosen: str | None, size: int | str) -> int:
        """No more questions than the data set has."""
        there = [one.n_usable for one in backend.datasets() if one.dataset == chosen]
        if not there or not isinstance(size, int) or size <= there[0]:
            raise PreventUpdate
        return there[0]

    app.clientside_callback(
        ClientsideFunction("layerscope", "armStudy"),
        Output(Form.RUN, "disabled"),
        Output(Form.FILE, "hidden"),
        Input(Form.DATASET, "value"),
        State(Form.ADDED, "data"),
    )


def _register_upload(app: Dash, backend: Backend) -> None:
    roles = [column_id(role) for role in COLUMN_ROLES]
    fields = {"template": Form.TEMPLATE, "separator": Form.SEPARATOR, "scope": Form.SCOPE}

    @app.callback(
        output={
            "refused": Output(Form.REFUSED, "children"),
            "added": Output(Form.ADDED, "data"),
            "hidden": Output(Form.COLUMNS, "hidden"),
            "choices": [Output(role, "data") for role in roles],
            "chosen": [Output(role, "value") for role in roles],
            "fields": {name: Output(field, "value") for name, field in fields.items()},
            "first": Output(Form.FIRST, "children"),
        },
        inputs={
            "contents": Input(Form.UPLOAD, "contents"),
            "columns": [Input(role, "value") for role in roles],
            "fields": {name: Input(field, "value") for name, field in fields.items()},
            "filename": State(Form.UPLOAD, "filename"),
        },
        prevent_initial_call=True,
        running=[(Output(Form.RUN, "loading"), True, False)],
    )
    def look(
        contents: str | None,
        columns: list[str | None],
        fields: dict[str, str | None],
        filename: str,
    ) -> dict[str, Any]:
        if contents is None:
            raise PreventUpdate
        mapping = None if ctx.triggered_id == Form.UPLOAD else read_mapping(columns, fields)
        return preview_upload(backend.upload(Upload(filename, read_contents(contents), mapping)))


def preview_upload(found: DatasetPreview) -> dict[str, Any]:
    """Page content for a previewed file; see the outputs of ``look``."""
    return {
        "refused": None if found.dataset else refusal(found),
        "added": found.dataset,
        "hidden": not found.columns,
        **show_mapping(found),
    }


def read_contents(contents: str) -> bytes:
    """The bytes of a file as the browser sends them: a data URL in base64.

    Raises:
        BadRequest: it is not base64.
    """
    try:
        return base64.b64decode(contents.partition(",")[2])
    except ValueError as error:
        raise BadRequest("The file did not come in whole. Choose it again.") from error


def _register_start(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(Form.STARTED, "data"),
        Input(Form.RUN, "n_clicks"),
        State(Form.DATASET, "value"),
        State(Form.MODEL, "value"),
        State(Form.SITES, "value"),
        State(Form.SIZE, "value"),
        State(Form.SEED, "value"),
        State(Form.PERMUTATIONS, "value"),
        State(Form.RANDOM_MODEL, "checked"),
        State(Form.TRUTH, "checked"),
        State(Form.KEEP, "checked"),
        prevent_initial_call=True,
        running=[(Output(Form.RUN, "loading"), True, False)],
    )
    def start(
        _: int, dataset: str | None, model: str, sites: list[str], size: int, seed: int, n: int,
        random_model: bool, truth: bool, keep: bool,
    ) -> str:  # fmt: skip
        if not dataset:
            raise BadRequest(NONE_CHOSEN)
        request = StudyRequest(
            model,
            dataset,
            tuple(Site(site) for site in sites),
            whole("Questions", size),
            whole("Seed", seed),
            n_permutations=whole("Shuffles", n),
            keep_features=keep,
            random_model=random_model,
            ask_for_truth=truth,
        )
        return backend.start_study(request)


def whole(name: str, value: object) -> int:
    """The number in a field of the form.

    Raises:
        BadRequest: the field is empty, or holds something else.
    """
    if type(value) is not int:
        raise BadRequest(f"{name} takes a whole number, not {value!r}. Fill it in.")
    return value


def _register_jobs(app: Dash, backend: Backend) -> None:
    @app.callback(
        Output(Form.JOBS, "children"),
        Output(Form.TICK, "interval"),
        Output(Page.FINISHED, "data"),
        Input(Form.TICK, "n_intervals"),
        Input(Form.STARTED, "data"),
        State(Page.FINISHED, "data"),
        running=asked_in_turn(Form.TICK),
    )
    def watch(_: int, __: str | None, known: str | None) -> tuple[list[Component], int, Any]:
        jobs, datasets = backend.jobs(), {found.dataset: found for found in backend.datasets()}
        studies = [card.study for card in backend.studies()]
        finished = " ".join(studies)
        pace = SLOW if all(job.is_over for job in jobs) else QUICK
        return job_list(jobs, datasets, studies), pace, no_update if finished == known else finished

    @app.callback(Input(cancel_id(ALL), "n_clicks"), prevent_initial_call=True)
    def cancel(clicks: list[int]) -> None:
        if ctx.triggered_id and any(clicks):
            backend.cancel(ctx.triggered_id["job"])
