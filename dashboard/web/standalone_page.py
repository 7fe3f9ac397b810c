"""One map as a page that needs no server: figure, predictions, scripts, style sheets, plotly.js.

``dashboard.notebook`` shows it. The scripts are those of the dashboard, from ``assets/notebook.js``
on. Nothing is fetched by the page, and its policy forbids it to.
"""

import base64
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

import orjson
import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

from dashboard.drawing.packing import pack_figure, pack_predictions
from dashboard.maps.map_data import MapData
from dashboard.maps.notes import map_notes
from dashboard.page.labels import visible
from dashboard.web.scripts import ASSETS, bundle
from model_backend import Inspection

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)
"""Nothing may be fetched, whatever is in the map; the same as in assets/share/pictures.js."""
STYLE_SHEETS = ("style.css", "map.css", "cell.css")

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{style}
body {{ background: var(--card); }}
.card {{ border: 0; padding: 0.5rem; }}
.reading-card {{ margin-top: 0.75rem; }}
.tooltip::after {{ content: none !important; }}</style></head>
<body><section class="card map">
<div class="facts">{facts}</div>
<div class="plot"><div id="map-heatmap"></div></div>
<div id="map-live" class="for-readers" aria-live="polite"></div>
<p id="map-pooled" class="muted" hidden></p>
<div class="notes muted">{notes}</div>
<div id="map-reading" class="reading-card">{reading}</div>
</section>
<script>{script}</script>
<script>{start}</script>
</body></html>
"""

START = """(async () => {
layerscope.startFrame();
const packed = Uint8Array.from(atob("%s"), (character) => character.charCodeAt(0));
const unzipped = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
const library = document.createElement("script");
library.textContent = await new Response(unzipped).text();
document.head.append(library);
layerscope.showMap("map", %s, %s, %s);
})();"""
"""plotly.js is compressed: 1.9 MB in place of 4.8 in every page."""


@dataclass(frozen=True, eq=False)
class PredictionTexts:
    """The likeliest next tokens of every cell of an inspection, with the texts of their ids."""

    inspection: Inspection
    texts: Mapping[int, str]
    """Ids without a text here are shown as numbers."""


def standalone_page(map_: MapData, figure: go.Figure, guesses: PredictionTexts | None) -> str:
    """The whole page as HTML."""
    drawn = _script_json(pack_figure(figure))
    told = _script_json(_packed(guesses) if guesses else None)
    return PAGE.format(
        title=escape(page_title(map_)),
        policy=POLICY,
        style=_style(),
        facts="".join(f'<span class="fact">{escape(fact)}</span>' for fact in _facts(map_)),
        notes="".join(f"<p>{escape(note)}</p>" for note in map_notes(map_)),
        reading="",
        script=bundle(ASSETS / "notebook.js"),
        start=START % (_library(), drawn, told, "{}"),
    )


@cache
def page_template() -> str:
    """The same page with slots such as ``{{TITLE}}``, which assets/share/page.js fills."""
    return PAGE.format(
        title="{{TITLE}}",
        policy=POLICY,
        style=_style(),
        facts="{{FACTS}}",
        notes="{{NOTES}}",
        reading="{{READING}}",
        script=bundle(ASSETS / "notebook.js"),
        start=START % (_library(), "{{FIGURE}}", "{{PREDICTIONS}}", "{{SHOWN}}"),
    )


def page_title(map_: MapData) -> str:
    """Title of a page: the measure and its text."""
    return f"{map_.name}: {map_.title}" if map_.title else map_.name


def _facts(map_: MapData) -> tuple[str, ...]:
    about = (map_.title,) if map_.title and map_.tokens is None else ()
    return (map_.name, *about, *map_.facts)


def _packed(guesses: PredictionTexts) -> dict[str, Any]:
    """Input of ``showMap`` in ``assets/notebook.js``."""
    texts = {str(token_id): visible(text) for token_id, text in guesses.texts.items()}
    packed = base64.b64encode(pack_predictions(guesses.inspection)).decode()
    return {"packed": packed, "texts": texts}


def _script_json(value: Any) -> str:
    """JSON that may stand in a script: no text in it can end the script."""
    return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode().replace("<", "\\u003c")


def _style() -> str:
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in STYLE_SHEETS)


@cache
def _library() -> str:
    """plotly.js, compressed, as base64."""
    return base64.b64encode(gzip.compress(get_plotlyjs().encode(), mtime=0)).decode()
