"""Answers for addresses where there is nothing: 404, with the address where Layerscope is.

Dash answers every path below its prefix with the page, so that a health check with a typing error
would find everything well for ever.
"""

from html import escape

from dash import Dash
from dash.exceptions import DependencyException
from flask import Flask, Response, request
from werkzeug.exceptions import NotFound

from dashboard.web.origin import refusal

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not found - Layerscope
</title><link rel="icon" href="data:,"><meta name="viewport" content="width=device-width">
</head><body><main><h1>There is nothing at this address</h1><p>{sentence}</p>
<p><a href="{prefix}">Open Layerscope</a></p></main></body></html>"""

MOVED = "Behind a proxy, both have to use the same path: see --url-prefix."


def refuse_unknown_paths(app: Dash) -> None:
    """Answer 404 for every path that is neither the page nor one of its addresses."""
    prefix = app.config.routes_pathname_prefix
    _refuse_what_dash_catches(app.server, f"{prefix}<path:path>")

    @app.server.errorhandler(NotFound)
    @app.server.errorhandler(DependencyException)
    def not_found(_: Exception) -> Response:
        sentence = f"There is nothing at {request.path[:200]}; Layerscope is at {prefix}. {MOVED}"
        if "text/html" not in request.headers.get("Accept", ""):
            return refusal(404, sentence)
        return Response(PAGE.format(sentence=escape(sentence), prefix=escape(prefix)), 404)


def _refuse_what_dash_catches(server: Flask, endpoint: str) -> None:
    @server.before_request
    def check_path() -> None:
        if request.endpoint == endpoint:
            raise NotFound
