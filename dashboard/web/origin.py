"""Stops cross-site requests and DNS rebinding: foreign origins and unknown hosts are refused.

Another site's page can make a browser send requests here, under a host name of its own too. It
cannot send JSON without asking first.
"""

import ipaddress
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import Flask, Response, request
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard.web.access import Access

SAFE = {"GET", "HEAD", "OPTIONS"}
FROM_PROXY = "layerscope.from_proxy"
FOREIGN = (
    "This request comes from a page of another site. If it came through your own proxy, let that "
    "send X-Forwarded-Host and name it with --trusted-proxy."
)
FORMS = {"sign-in", "sign-out"}
"""The endpoints that take a form; all others take JSON."""
FILES = {"import-study": "application/zip", "open-file": "application/octet-stream"}
"""The endpoints that take a file, and its type; like JSON, no other page can send it unasked."""


class Proxied:
    """Believes what trusted proxies say of a request's host, address and scheme, and no others."""

    def __init__(self, app: Callable[..., Any], addresses: tuple[str, ...]) -> None:
        self._direct, self._addresses = app, frozenset(addresses)
        self._forwarded = ProxyFix(app, x_for=1, x_proto=1, x_host=1)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        environ[FROM_PROXY] = _plain(environ.get("REMOTE_ADDR", "")) in self._addresses
        app: Callable[..., Any] = self._forwarded if environ[FROM_PROXY] else self._direct
        return app(environ, start_response)


def _plain(address: str) -> str:
    """An IPv4 address as it is written alone; a server on ``::`` sees it inside one of IPv6."""
    return address.removeprefix("::ffff:")


def check_origins(server: Flask, access: Access) -> None:
    """Refuse requests for another host name, from another site's page, or with an unexpected
    content type.
    """
    names = {"localhost", socket.gethostname().lower(), *map(str.lower, access.hosts)}

    @server.before_request
    def check_origin() -> Response | None:
        host = _host_name(request.host)
        if host not in names and not _is_address(host):
            return refusal(403, "This server does not answer to that name (see --allowed-host).")
        if request.method in SAFE:
            return None
        if _is_foreign():
            return refusal(403, FOREIGN)
        is_file = FILES.get(request.endpoint or "") == request.mimetype
        if not request.is_json and not is_file and request.endpoint not in FORMS:
            return refusal(415, "This address takes JSON.")
        return None


def refusal(status: int, sentence: str, **headers: str) -> Response:
    """A JSON response with a status and a sentence that says why a request is refused."""
    body = orjson.dumps({"error": sentence})
    return Response(body, status, headers, mimetype="application/json")


def _is_foreign() -> bool:
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        return True
    return site not in (None, "same-origin", "none")


def _host_name(host: str) -> str:
    return (urlsplit(f"//{host}").hostname or "").lower()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
