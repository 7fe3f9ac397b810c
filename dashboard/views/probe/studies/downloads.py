"""The routes of studies: out as a zip or as CSV files, and in as a zip."""

import orjson
from dash import Dash
from flask import Response, request

from dashboard.page.spreadsheet import encode_csv
from dashboard.views.probe.studies.csv_tables import write_table
from model_backend import Backend, BadRequest

ADDRESS = "_layerscope/studies"
MOST_IMPORT_BYTES = 4 * 2**30
ZIP = "application/zip"


def register(app: Dash, backend: Backend) -> None:
    """Add the routes; errors are answered as everywhere else."""
    prefix = f"{app.config.routes_pathname_prefix}{ADDRESS}"

    @app.server.get(f"{prefix}/<study>/zip")
    def export_study(study: str) -> Response:
        chunks = backend.export_study(study)
        return Response(chunks, mimetype=ZIP, headers=_attached(f"{study}.zip"))

    @app.server.get(f"{prefix}/<study>/<table>.csv")
    def export_table(study: str, table: str) -> Response:
        lines = write_table(backend.study(study), table)
        content = encode_csv(lines)
        return Response(content, mimetype="text/csv", headers=_attached(f"{study}-{table}.csv"))

    @app.server.post(prefix, endpoint="import-study")
    def import_study() -> Response:
        if request.mimetype != ZIP:
            raise BadRequest("A study is brought in as a zip file that was exported here.")
        request.max_content_length = MOST_IMPORT_BYTES
        card = backend.import_study(request.stream)
        return Response(orjson.dumps({"study": card.study}), mimetype="application/json")


def _attached(filename: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{filename}"'}
