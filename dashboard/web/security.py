"""Checks every request (client, form, size) and sets the headers of every response."""

from dash import Dash
from dash.exceptions import CallbackException
from flask import Response, request
from werkzeug.exceptions import HTTPException

from dashboard.web.access import Access
from dashboard.web.operations import name_asker
from dashboard.web.origin import Proxied, check_origins, refusal
from dashboard.web.read_json import JsonReader
from dashboard.web.sign_in import require_sign_in
from dashboard.web.unknown_paths import refuse_unknown_paths

MAX_REQUEST_BYTES = 14 * 2**20
"""A file of 10 MB takes a third more as base64."""

WENT_WRONG = "Something went wrong inside Layerscope. Your text is kept; try again."
NOT_OURS = "This page does not fit the server, which may have changed. Reload the page."

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # without one, forms would come from the origin "null"
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def protect(app: Dash, access: Access) -> None:
    """Guard every route there is and will be; call it after every callback is registered."""
    server = app.server
    server.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    server.json = JsonReader(server)
    dashs_own = server.before_request_funcs.pop(None, [])
    check_origins(server, access)
    require_sign_in(server, access, app.config.routes_pathname_prefix)
    server.before_request(name_asker)
    _check_callbacks(app)
    refuse_unknown_paths(app)
    server.before_request_funcs[None] += dashs_own  # after ours: nothing is done for strangers
    server.wsgi_app = Proxied(server.wsgi_app, access.proxies)
    _say_errors(app)
    _add_headers(app, access)


def _check_callbacks(app: Dash) -> None:
    """Refuse what no page of this server sends; Dash would stumble over it."""

    @app.server.before_request
    def check_callback() -> Response | None:
        if request.method != "POST" or not request.path.endswith("/_dash-update-component"):
            return None
        asked = request.get_json()
        known = isinstance(asked, dict) and isinstance(asked.get("output"), str)
        return None if known and asked["output"] in app.callback_map else refusal(400, NOT_OURS)


def _say_errors(app: Dash) -> None:
    @app.server.errorhandler(CallbackException)
    def refuse_callback(_: CallbackException) -> Response:
        return refusal(400, NOT_OURS)

    @app.server.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        sentence = error.description or error.name
        if error.code == 500:
            sentence = WENT_WRONG
        if error.code == 413:
            sentence = f"The request is larger than {MAX_REQUEST_BYTES // 2**20} MB."
        return refusal(error.code or 500, sentence)


def _add_headers(app: Dash, access: Access) -> None:
    policy = "; ".join(
        [
            "default-src 'self'",
            f"script-src 'self' {' '.join(app.csp_hashes())}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ]
    )

    @app.server.after_request
    def add_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers.update(HEADERS)
        if not access.is_open:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response
