"""Makes the Dash application for a backend: the page's frame, its views and its error handling."""

import logging

import dash_mantine_components as dmc
from dash import Dash, html, set_props
from dash.development.base_component import Component
from flask_compress import Compress

from dashboard import routes, security
from dashboard.components import keys_dialog
from dashboard.ids import Page
from dashboard.tabs import explore
from model_backend import Backend, BackendError

log = logging.getLogger(__name__)

THEME = {
    "primaryColor": "blue",
    "primaryShade": 8,
    "defaultRadius": "md",
    "fontFamily": "var(--sans)",
    "fontFamilyMonospace": "var(--mono)",
}


def create_app(backend: Backend) -> Dash:
    """The dashboard over ``backend``; asks it nothing until a page is opened."""
    app = Dash(
        "dashboard",
        title="Layerscope",
        update_title="",
        assets_folder="../assets",
        on_error=show_error,
        description="See what every layer of a language model does with every token of your text.",
    )
    app.layout = lambda: _frame(explore.layout(backend.models()))
    explore.register(app, backend)
    routes.register(app, backend)
    security.protect(app)
    app.server.config["COMPRESS_MIMETYPES"] = [
        "application/json",
        "application/octet-stream",
        "application/javascript",
        "text/css",
        "text/html",
        "text/javascript",
    ]
    app.server.config["COMPRESS_ALGORITHM"] = ["zstd", "gzip"]
    Compress(app.server)
    return app


def show_error(error: Exception) -> None:
    """Show a backend's own sentence; log anything else and say only that it happened."""
    if isinstance(error, BackendError):
        text = str(error)
    else:
        log.error("a callback failed", exc_info=error)
        text = "Something went wrong inside Layerscope. Your text is kept; try again."
    set_props(Page.ERROR, {"children": text, "hide": False})


def _frame(view: Component) -> Component:
    return dmc.MantineProvider(
        [
            html.Header(
                [
                    html.Div(
                        [
                            html.Span(className="logo", **{"aria-hidden": "true"}),
                            html.H1("Layerscope"),
                            html.P("What every layer does with every token", className="tagline"),
                        ],
                        className="brand",
                    ),
                    dmc.ColorSchemeToggle(
                        lightIcon="☀",
                        darkIcon="☾",
                        variant="default",
                        size="lg",
                        **{"aria-label": "Switch between light and dark"},
                    ),
                ],
                className="header",
            ),
            html.Main(view),
            keys_dialog(),
        ],
        theme=THEME,
        defaultColorScheme="auto",
    )
