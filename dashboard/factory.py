"""Makes the Dash application for a backend: the page's frame, its views and its error handling."""

import logging

import dash_mantine_components as dmc
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, set_props
from dash.development.base_component import Component
from flask_compress import Compress

from dashboard.drawing.render_cache import remember_page
from dashboard.links.callbacks import link_parts, register_links
from dashboard.links.url_state import UrlState
from dashboard.page import loading_panel
from dashboard.page.components import keys_dialog, sign_out_button
from dashboard.page.hints import HINT, with_hints
from dashboard.page.ids import EXPLORE, Page, view_id
from dashboard.views.ask import view as ask
from dashboard.views.compare import view as compare
from dashboard.views.explore import view as explore
from dashboard.views.patch import view as patch
from dashboard.views.probe import view as probe
from dashboard.web import map_routes, operations, security, workers_page
from dashboard.web.access import Access
from dashboard.web.scripts import ASSETS, serve_script
from model_backend import Backend, BackendError, CalledOff, ModelCard

log = logging.getLogger(__name__)

VIEWS = (explore, ask, patch, probe, compare)
"""Every view, in the order of its tabs.

Each has TITLE, ABOUT, LINKED, layout(cards) and register(app, backend).
"""

OPEN_TO_ALL = Access()

FAILED, CANCELLED = "That did not work", "Cancelled"
"""Titles of the notice about what was done last."""

STORES = (Page.STATUS, Page.ENTERED, Page.FINISHED, Page.IMPORTED)

THEME = {
    "primaryColor": "blue",
    "primaryShade": 8,
    "defaultRadius": "md",
    "fontFamily": "var(--sans)",
    "fontFamilyMonospace": "var(--mono)",
}


def create_app(backend: Backend, access: Access = OPEN_TO_ALL, *, prefix: str = "/") -> Dash:
    """The dashboard over ``backend``, below ``prefix``; asks it nothing until a page is opened."""
    app = Dash(
        "dashboard",
        url_base_pathname=prefix,
        title="Layerscope",
        update_title="",
        assets_folder=str(ASSETS),
        on_error=show_error,
        suppress_callback_exceptions=True,  # a view is not on the page before it is first seen
        description="See what every layer of a language model does with every token of your text.",
    )
    app.index_string = app.index_string.replace("<html>", '<html lang="en">')
    sign_out = sign_out_button(prefix) if access.passwords else None
    app.layout = lambda: _frame(_layouts(backend.models()), sign_out)

    for view in VIEWS:
        view.register(app, backend)
    _register_entering(app)
    map_routes.serve_opening(app, backend)
    loading_panel.register(app, backend)
    register_links(app, backend, _linked())
    map_routes.register(app, backend)
    serve_script(app)
    security.protect(app, access)
    operations.register(app, backend)
    workers_page.register(app, backend)
    remember_page(app, backend.models)
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
    """Show the sentence of a backend's error on the page; log any other error and show that one
    happened.
    """
    title = FAILED
    if isinstance(error, CalledOff):
        title, text = CANCELLED, str(error)
    elif isinstance(error, BackendError):
        text = str(error)
    else:
        log.error("a callback failed", exc_info=error)
        text = security.WENT_WRONG
    set_props(Page.ERROR, {"children": text, "title": title, "hide": False})


def _names() -> list[str]:
    return [view.TITLE.lower() for view in VIEWS]


def _layouts(cards: tuple[ModelCard, ...]) -> dict[str, list[Component]]:
    """Layout of every view, by its name."""
    return {view.TITLE.lower(): with_hints(view.layout(cards)) for view in VIEWS}


def _sections() -> list[Component]:
    """A place for every view; assets/page/views.js shows the one that the fragment names."""
    return [
        html.Section(
            id=view_id(view.TITLE.lower()),
            className="view",
            hidden=view is not VIEWS[0],
            **{"aria-label": view.TITLE},
        )
        for view in VIEWS
    ]


def _register_entering(app: Dash) -> None:
    """Put a view on the page when it is first seen, without asking the server.

    Whatever happens, Dash looks at every component that there is. With one view in place of all,
    the first map is there, and a click is answered, in a fraction of the time.
    """
    app.clientside_callback(
        ClientsideFunction("layerscope", "enterViews"),
        *(Output(view_id(name), "children") for name in _names()),
        Input(Page.ENTERED, "data"),
        State(Page.LAYOUTS, "data"),
        prevent_initial_call=True,
    )


def _linked() -> list[UrlState]:
    """The views whose state is in the address; a view says so by LINKED."""
    return [view.LINKED for view in VIEWS]


def _tabs() -> Component:
    return html.Nav(
        [
            html.A(view.TITLE, href=f"#{view.TITLE.lower()}", className="tab", **{HINT: view.ABOUT})
            for view in VIEWS
        ],
        className="tabs",
        **{"aria-label": "Views"},
    )


def _keys_button() -> Component:
    named = {"aria-label": "Keys and clicks", "aria-controls": Page.KEYS, HINT: "Keys and clicks"}
    return html.Button("?", type="button", className="keys-button", **named)


def _scheme_toggle() -> Component:
    says = "Switch between light and dark"
    looks = {"variant": "subtle", "color": "gray", "size": "lg"}
    named = {"aria-label": says, HINT: says}
    return dmc.ColorSchemeToggle(lightIcon="☀", darkIcon="☾", **looks, **named)


def _brand() -> Component:
    logo = html.Span(className="logo", **{"aria-hidden": "true"})
    tagline = html.P("What every layer does with every token", className="tagline")
    return html.Div([logo, html.H1("Layerscope"), tagline], className="brand")


def _notices() -> Component:
    """The messages above the views: an error, a link's notice, and what is being loaded."""
    error = dmc.Alert(
        id=Page.ERROR,
        hide=True,
        color="red",
        title=FAILED,
        withCloseButton=True,
        closeButtonLabel="Close",
    )
    parts = [html.Div(error, className="error"), *link_parts(_linked())]
    return html.Div([*parts, loading_panel.loading_panel()], className="notices")


def _frame(layouts: dict[str, list[Component]], sign_out: Component | None) -> Component:
    header = [_brand(), _tabs(), sign_out, _keys_button(), _scheme_toggle()]
    return dmc.MantineProvider(
        [
            html.A("Skip to the map", href=f"#{EXPLORE.card}", className="skip"),
            *(dcc.Store(id=store) for store in STORES),
            dcc.Store(id=Page.LAYOUTS, data=layouts),
            dcc.Interval(id=Page.PULSE, interval=1000),
            html.Header(header, className="header"),
            html.Main([_notices(), *_sections()]),
            keys_dialog(),
        ],
        theme=THEME,
        defaultColorScheme="auto",
    )
