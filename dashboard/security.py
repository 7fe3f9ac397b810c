"""What the browser is allowed to do with the page, and how large a request may be."""

from dash import Dash
from flask import Response

MAX_REQUEST_BYTES = 12 * 2**20


def protect(app: Dash) -> None:
    """Set the response headers; call it after every callback is registered."""
    app.server.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
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
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
