"""Sign-in: without it the server shows the sign-in page and the health checks only."""

import hashlib
import hmac
import math
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from datetime import timedelta

from flask import Flask, Response, g, redirect, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from werkzeug.security import check_password_hash, generate_password_hash

from dashboard.web.access import Access
from dashboard.web.origin import FROM_PROXY, refusal

HOURS = 12
OPEN = {"sign-in", "sign-out", "health", "ready"}
"""The endpoints that answer everyone."""

ANSWER = Response | None
"""Result of a check before a request: a response that replaces it, or None to continue."""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in - Layerscope</title>
<link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root {{ color-scheme: light dark; font-family: system-ui, sans-serif; }}
form {{ max-width: 20rem; margin: 15vh auto; padding: 1rem; display: grid; gap: 0.75rem; }}
input, button {{ font: inherit; padding: 0.5rem; }} label {{ display: grid; gap: 0.25rem; }}
</style></head><body><main><form method="post"><h1>Layerscope</h1>
<p role="alert">{said}</p>
<label>Name <input name="name" autocomplete="username" required autofocus></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required>
</label><button>Sign in</button></form></main></body></html>"""


class Attempts:
    """Recent failed attempts by address and by name; after too many, the next has to wait."""

    def __init__(
        self, most: int = 8, within: float = 300.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._most, self._within, self._clock = most, within, clock
        self._failures: defaultdict[str, deque[float]] = defaultdict(deque)
        self._lock = threading.Lock()

    def seconds_to_wait(self, *keys: str) -> float:
        """Seconds until the next attempt is allowed; 0 if it is allowed now."""
        with self._lock:
            self._forget()
            full = [self._failures[key][0] for key in keys if self._count(key) >= self._most]
        return max((first + self._within - self._clock() for first in full), default=0.0)

    def fail(self, *keys: str) -> None:
        """Count a failed attempt for each key, such as an account and an address."""
        with self._lock:
            for key in keys:
                self._failures[key].append(self._clock())

    def _count(self, key: str) -> int:
        return len(self._failures[key]) if key in self._failures else 0

    def _forget(self) -> None:
        since = self._clock() - self._within
        for key, failures in list(self._failures.items()):
            while failures and failures[0] <= since:
                failures.popleft()
            if not failures:
                del self._failures[key]


def require_sign_in(
    server: Flask, access: Access, prefix: str, attempts: Attempts | None = None
) -> None:
    """Ask everyone to sign in before anything else is answered; see ``Access`` for how."""
    server.secret_key = access.secret_key
    server.session_interface = _Sessions()
    server.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_NAME="layerscope",
        SESSION_COOKIE_PATH=prefix,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=HOURS),
        # An answer on its way while somebody signs out must not sign them in again.
        SESSION_REFRESH_EACH_REQUEST=False,
    )

    @server.before_request
    def check_user() -> ANSWER:
        g.user = _user(access)
        if g.user or access.is_open or request.endpoint in OPEN or _may_measure(access):
            return None
        if access.passwords and "text/html" in request.headers.get("Accept", ""):
            return _to(url_for("sign-in"))
        return refusal(401, "You are not signed in. Your text is kept; reload the page to sign in.")

    if access.passwords:
        _add_pages(server, access, prefix, attempts or Attempts())


def _add_pages(server: Flask, access: Access, prefix: str, attempts: Attempts) -> None:
    nobody = generate_password_hash("nobody has this password")

    def sign_in() -> Response:
        if request.method == "GET":
            return Response(PAGE.format(said=""))
        name, password = request.form.get("name", ""), request.form.get("password", "")
        keys = f"address {request.remote_addr}", f"name {name[:100]}"
        wait = attempts.seconds_to_wait(*keys)
        if wait > 0:
            said = f"Too many attempts. Try again in {math.ceil(wait / 60)} min."
            return Response(PAGE.format(said=said), 429, {"Retry-After": f"{math.ceil(wait)}"})
        # An unknown name takes as long as a wrong password.
        right = check_password_hash(access.passwords.get(name, nobody), password)
        if not right or name not in access.passwords:
            attempts.fail(*keys)
            said = "That name and password do not belong together."
            return Response(PAGE.format(said=said), 401)
        session.clear()
        session.permanent = True
        session.update(user=name, stamp=_stamp(access, name))
        return _to(prefix)

    def sign_out() -> Response:
        session.clear()
        return _to(url_for("sign-in"))

    both = ["GET", "POST"]
    server.add_url_rule(f"{prefix}_layerscope/sign-in", "sign-in", sign_in, methods=both)
    server.add_url_rule(f"{prefix}_layerscope/sign-out", "sign-out", sign_out, methods=["POST"])


class _Sessions(SecureCookieSessionInterface):
    """Sessions whose cookie travels over TLS only, where there is TLS."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


def _user(access: Access) -> str:
    """Name of the signed-in user; empty if nobody is signed in."""
    if access.user_header and request.environ.get(FROM_PROXY):
        return request.headers.get(access.user_header, "")
    name = session.get("user", "")
    if not isinstance(name, str) or name not in access.passwords:
        return ""
    return name if hmac.compare_digest(session.get("stamp", ""), _stamp(access, name)) else ""


def _stamp(access: Access, name: str) -> str:
    """Changes with the password, so that a new one signs everybody out who had the old."""
    return hashlib.sha256(access.passwords[name].encode()).hexdigest()[:16]


def _may_measure(access: Access) -> bool:
    given = request.headers.get("Authorization", "").encode()
    expected = f"Bearer {access.metrics_token}".encode()
    return (
        request.endpoint == "metrics"
        and bool(access.metrics_token)
        and hmac.compare_digest(given, expected)
    )


def _to(address: str) -> Response:
    response: Response = redirect(address, 303)  # type: ignore[assignment]
    return response
