"""Progress of studies: one line each, with a bar, a rate, the time left and Cancel."""

from collections.abc import Collection, Mapping, Sequence

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from dashboard.page.hints import HINT
from dashboard.page.probe_ids import cancel_id
from dashboard.views.probe.maps.study_map import study_name
from dashboard.views.probe.studies.gallery import link_to
from model_backend import DatasetPreview, JobState, JobStatus, Site, Stage, counted

MOST_OVER = 3
"""Number of finished jobs that stay in the list."""
STAGES = (Stage.LOADING, Stage.ASKING, Stage.FITTING, Stage.CONTROLS, Stage.WRITING)


def job_list(
    jobs: Sequence[JobStatus], datasets: Mapping[str, DatasetPreview], studies: Collection[str]
) -> list[Component]:
    """The studies that wait or run, then the last few that are over; data sets and the finished
    studies that are still there by their ids.
    """
    going = [job for job in jobs if not job.is_over]
    over = [job for job in jobs if job.is_over][:MOST_OVER]
    return [job_card(job, datasets, has_map=job.job in studies) for job in (*going, *over)]


def job_card(job: JobStatus, datasets: Mapping[str, DatasetPreview], *, has_map: bool) -> Component:
    """One study under way, or over."""
    request = job.request
    dataset = datasets.get(request.dataset)
    name = dataset.name if dataset else request.dataset
    size = min(request.size, dataset.n_usable) if dataset else request.size
    what = f"{name}, {request.model}, {counted(size, 'question')}"
    parts = [html.Span(what, className="job-name"), html.Span(_said(job), className="muted")]
    if job.is_over:
        ends = [html.A("Show its map", href=_link(job), className="plain")]
        return html.Div(parts + ends * has_map, className="job is-over")
    share = 100 * job.done / job.total if job.total else 0
    stop = html.Button("Cancel", id=cancel_id(job.job), n_clicks=0, className="plain",
                       **{HINT: "Stop this study; what it has computed is lost."})  # fmt: skip
    bar = dmc.Progress(value=share, size="md", animated=True,
                       **{"aria-label": f"{what}: {job.stage.label}"})  # fmt: skip
    return html.Div([*parts, stop, bar, _stages(job)], className="job")


def _said(job: JobStatus) -> str:
    if job.state is JobState.DONE:
        return f"finished in {duration(job.seconds)}"
    if job.is_over:
        return f"{job.state}. {job.message}".strip()
    said = [job.stage.label, f"{job.done:,} of {job.total:,} {job.unit}" * bool(job.total)]
    said.append(f"{job.rate:.3g} {job.unit} a second" * (job.rate > 0))
    said.append(f"{duration(job.seconds)} so far" * (job.seconds >= 1))
    if job.seconds_left is not None:
        said.append(f"about {duration(max(0.0, job.seconds_left))} left")
    return " · ".join(part for part in [*said, job.message] if part)


def _stages(job: JobStatus) -> Component:
    """Every stage, with the one under way marked."""
    items = [
        html.Li(stage.label, **({"aria-current": "step"} if stage is job.stage else {}))
        for stage in STAGES
    ]
    return html.Ol(items, className="stages")


def duration(seconds: float) -> str:
    """As people say it: 45 s, 3 min 5 s, 2 h 10 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _link(job: JobStatus) -> str:
    return link_to(study_name(job.job, Site(job.request.sites[0])))
