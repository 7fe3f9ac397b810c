"""The routes of studies: out as a zip or as CSV files, and in as a zip."""

import shutil
import tempfile
from collections.abc import Iterable
from typing import IO

import orjson
from dash import Dash
from flask import Response, request

from dashboard.spreadsheet import write_csv
from model_backend import BadRequest, NotWritten, ProbeStudy, StudyDesk

ADDRESS = "_layerscope/studies"
MOST_IMPORT_BYTES = 4 * 2**30
ZIP = "application/zip"


def register(app: Dash, desk: StudyDesk) -> None:
    """Add the routes; errors are answered as everywhere else."""
    prefix = f"{app.config.routes_pathname_prefix}{ADDRESS}"
    tables = {
        "maps": map_rows,
        "baselines": baseline_rows,
        "rivals": rival_rows,
        "examples": example_rows,
    }

    @app.server.get(f"{prefix}/<study>/zip")
    def export_study(study: str) -> Response:
        chunks = desk.export_study(study)
        return Response(chunks, mimetype=ZIP, headers=_attached(f"{study}.zip"))

    @app.server.get(f"{prefix}/<study>/<table>.csv")
    def export_table(study: str, table: str) -> Response:
        if table not in tables:
            raise BadRequest(f"There is no table {table!r}; there are {', '.join(tables)}.")
        lines = write_csv(tables[table](desk.study(study)))
        return Response(lines, mimetype="text/csv", headers=_attached(f"{study}-{table}.csv"))

    @app.server.post(prefix, endpoint="import-study")
    def import_study() -> Response:
        if request.mimetype != ZIP:
            raise BadRequest("A study is brought in as a zip file that was exported here.")
        request.max_content_length = MOST_IMPORT_BYTES
        with tempfile.TemporaryFile() as file:  # a zip is read from its end
            keep_stream(request.stream, file)
            card = desk.import_study(file)
        return Response(orjson.dumps({"study": card.study}), mimetype="application/json")


def keep_stream(stream: IO[bytes], file: IO[bytes]) -> None:
    """Put what comes in into a file, to be read from its beginning.

    Raises:
        NotWritten: there is no room for it.
    """
    try:
        shutil.copyfileobj(stream, file)
        file.flush()
    except OSError as error:
        raise NotWritten(
            f"The file could not be taken in: {error.strerror or error} "
            f"({tempfile.gettempdir()} on the server)."
        ) from error
    file.seek(0)


def map_rows(study: ProbeStudy) -> Iterable[tuple[object, ...]]:
    """One row for every site, layer and position, with every number there is."""
    cells = ("auc", "low", "high", "auprc", "shuffled", "random_model", "in_best_set",
             "difference", "difference_low", "difference_high", "penalty")  # fmt: skip
    columns = ("n", "n_wrong", "n_groups")
    yield ("site", "layer", "position", *columns, "threshold", "best_baseline", *cells)
    for site, probes in study.maps.items():
        for row, layer in enumerate(study.layer_labels):
            for at, position in enumerate(study.positions):
                sizes = (int(getattr(study, name)[at]) for name in columns)
                numbers = (getattr(probes, name)[row, at] for name in cells)
                yield (site, layer, position, *sizes, probes.threshold[at],
                       study.best_baseline(at), *numbers)  # fmt: skip


def baseline_rows(study: ProbeStudy) -> Iterable[tuple[object, ...]]:
    """One row for every baseline and position; no AUC where it has none."""
    yield ("baseline", "position", "n", "n_wrong", "auc")
    for baseline, name in enumerate(study.baseline_names):
        for at, position in enumerate(study.positions):
            auc = study.baseline_auc[baseline, at]
            yield (name, position, int(study.n[at]), int(study.n_wrong[at]), auc)


def rival_rows(study: ProbeStudy) -> Iterable[tuple[object, ...]]:
    """One row for every baseline and control."""
    yield ("name", "kind", "auc", "low", "high", "probe_minus_it", "difference_low",
           "difference_high", "meaning")  # fmt: skip
    for rival in study.rivals:
        auc, minus = rival.auc, rival.difference
        yield (rival.name, rival.kind, auc.value, auc.low, auc.high, minus.value, minus.low,
               minus.high, rival.meaning)  # fmt: skip


def example_rows(study: ProbeStudy) -> Iterable[tuple[object, ...]]:
    """One row for every answer, with the score that the best cell's probe gave it."""
    examples, best = study.examples, study.card.best.cell
    scores = study.maps[best.site].scores[best.row, best.position]
    baselines = list(study.baseline_names)
    yield ("question", "answer", "exact_answer", "right_answer", "is_right", "group",
           "probe_score", *baselines)  # fmt: skip
    for n in range(examples.n):
        yield (examples.question[n], examples.answer[n], examples.exact_answer[n],
               examples.right_answer[n], bool(examples.is_right[n]), examples.group[n],
               scores[n], *examples.baselines[n])  # fmt: skip


def _attached(filename: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{filename}"'}
