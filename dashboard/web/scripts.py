"""Makes one script of the modules in ``assets/``, for the page, for notebooks and for saved pages.

The modules import each other as browsers understand it, but they travel as one script: one request
instead of fifty, in place before Dash starts, and never half of an old version and half of a new
one. The address of the page's script holds a hash of its text, so a browser may keep it for ever.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dash import Dash
from flask import Response, abort

PACKAGED = Path(__file__).parents[1] / "assets"
ASSETS = PACKAGED if PACKAGED.is_dir() else PACKAGED.parents[1] / "assets"
"""Folder of style sheets and scripts: inside the package if installed, else beside it."""

ENTRY = ASSETS / "main.js"
MODULES = r"\.js$"
"""The files of the assets folder that Dash must not load by itself."""

ROUTE = "_layerscope/scripts"
IMMUTABLE = "private, max-age=31536000, immutable"

NOT_LOADED = (
    "The page's files are not where it looks for them. Reload the page. If that does not help, a "
    "proxy changes its addresses: start Layerscope with the --url-prefix that the proxy uses."
)
START = f"""if (window.layerscope && window.DashRenderer) {{ RENDERER }}
else document.getElementById("react-entry-point").textContent = "{NOT_LOADED}";"""
"""Starts Dash only when the script has run: without it, the page would say "Loading" for ever."""

_IMPORT = re.compile(r'^import \{([^}]*)\}\s+from "([^"]+)";(?: *//.*)?$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:(?:async )?function\*? |const )(\w+))", re.MULTILINE)
_TYPES_ONLY = re.compile(r"^export \{\};$", re.MULTILINE)
_OTHER = re.compile(r"^\s*(?:import|export)\b(?!.*\*/)", re.MULTILINE)


@dataclass(frozen=True)
class Module:
    """A script as it is written, with the names that it takes from others and gives to them."""

    path: Path
    imports: tuple[tuple[Path, str], ...]
    """Other modules, and what is taken of each as a destructuring pattern: ``a, b: c``."""
    exports: tuple[str, ...]
    body: str
    """The text without its imports, and without the word export."""


def read_module(path: Path) -> Module:
    """A module of ``assets/``.

    Raises:
        ValueError: it imports or exports in a way that ``bundle`` does not know: all names in
            braces, no default, no ``export let``.
    """
    text = path.read_text(encoding="utf-8")
    imports = tuple(
        ((path.parent / address).resolve(), re.sub(r"\s+as\s+", ": ", " ".join(names.split())))
        for names, address in _IMPORT.findall(text)
    )
    body = _TYPES_ONLY.sub("", _EXPORT.sub("", _IMPORT.sub("", text)))
    if other := _OTHER.search(body):
        raise ValueError(
            f"{path.name}: {other.group().strip()!r} is not a form that can be bundled"
        )
    return Module(path, imports, tuple(_EXPORT.findall(text)), body.strip())


def bundle(entry: Path = ENTRY) -> str:
    """One script that needs nothing else, of this module and of all that it imports.

    It may be served, or be written between ``<script>`` and ``</script>``.

    Raises:
        ValueError: modules import each other in a circle.
    """
    parts = [_wrapped(module) for module in _in_order(entry.resolve(), [], set())]
    script = "\n\n".join(['(() => {\n"use strict";', *parts, "})();"]) + "\n"
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _in_order(path: Path, above: list[Path], done: set[Path]) -> Iterator[Module]:
    """Modules after all that they import."""
    if path in above:
        circle = " -> ".join(step.name for step in [*above[above.index(path) :], path])
        raise ValueError(f"modules import each other in a circle: {circle}")
    if path in done:
        return
    module = read_module(path)
    for imported, _ in module.imports:
        yield from _in_order(imported, [*above, path], done)
    done.add(path)
    yield module


def _wrapped(module: Module) -> str:
    """A module as a function of its own, called at once, so that its other names stay within."""
    taken = [f"const {{ {names} }} = {_name(path)};" for path, names in module.imports]
    given = [f"return {{ {', '.join(module.exports)} }};"] if module.exports else []
    lines = [f"const {_name(module.path)} = (() => {{", *taken, module.body, *given, "})();"]
    return "\n".join(lines)


def _name(path: Path) -> str:
    return "_" + re.sub(
        r"\W", "_", path.resolve().relative_to(ASSETS.resolve()).with_suffix("").as_posix()
    )


def serve_script(app: Dash, entry: Path = ENTRY) -> None:
    """Put the script of this module and of its imports on the page, before Dash starts.

    Another version's address is not found here: its page does not fit this server. Call this
    before ``app.csp_hashes()``, which covers what starts Dash.
    """
    script = bundle(entry)
    current = hashlib.sha256(script.encode()).hexdigest()[:16]

    def page_script(version: str) -> Response:
        if version != current:
            abort(404)
        headers = {"Cache-Control": IMMUTABLE}
        return Response(script, mimetype="text/javascript", headers=headers)

    route = f"{app.config.routes_pathname_prefix}{ROUTE}/<version>.js"
    app.server.add_url_rule(route, "page-script", page_script)
    app.config.assets_ignore = MODULES
    address = f"{app.config.requests_pathname_prefix}{ROUTE}/{current}.js"
    app.config.external_scripts.append(address)
    app.renderer = START.replace("RENDERER", app.renderer)
