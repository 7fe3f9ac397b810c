"""Long and strange texts on the built-in model: every one becomes a map or a sentence."""

import random
import tempfile
import time
import unicodedata
import warnings
from collections.abc import Iterator

from dashboard.drawing.figures import draw
from dashboard.maps.load_map import load_map
from dashboard.maps.read import read
from dashboard.maps.view_options import ViewOptions
from dashboard.views.explore.text_map import TextMap
from model_backend import Backend, BackendError, InspectRequest, LocalBackend, Measure
from tests.stress.table import Row, some

MOST_STRANGE, MOST_LONG = 1_500, 60
LONGEST = 200_000
SLOW = 60.0
"""Seconds that no text may take, refused ones included."""
MODEL = "builtin"


def read_long_texts(share: float) -> Iterator[Row]:
    """Random texts of all Unicode, then texts at the limits of the model and of the page."""
    with tempfile.TemporaryDirectory() as studies, warnings.catch_warnings():
        warnings.filterwarnings("error", module="model_backend|dashboard")
        backend = LocalBackend(studies=studies, device="cpu")
        draws = random.Random(0)
        strange = (strange_text(draws) for _ in range(some(MOST_STRANGE, share)))
        yield _row("a text of random characters", backend, strange)
        yield _row("a text near a limit", backend, long_texts(draws, some(MOST_LONG, share)))


def strange_text(draws: random.Random) -> str:
    """Up to sixty characters from all of Unicode, from lists of trouble, and repeated."""
    trouble = (
        "\u200b\u202e\u0301\ufeff\u2028\x00\t\n\r\u00ad\ufe0f\U0001f468\u200d<b>&amp;$%{}</s>\u3164"
    )
    kinds = (
        lambda: chr(draws.choice((draws.randrange(0x80), draws.randrange(0x110000)))),
        lambda: draws.choice(trouble),
        lambda: draws.choice("abc xyz"),
    )
    text = "".join(draws.choice(kinds)() for _ in range(draws.randrange(1, 60)))
    whole = "".join(each for each in text if unicodedata.category(each) != "Cs")
    return whole * draws.choice((1, 1, 3))


def long_texts(draws: random.Random, n: int) -> Iterator[str]:
    """Texts of one repeated piece, as long as the model or the page takes, and beyond."""
    for _ in range(n):
        piece = draws.choice(
            ("a", " ", "word ", "\n", "\U0001f600", "e\u0301", "0", "</s>", "\u200b")
        )
        length = draws.choice((500, 1_000, 3_000, LONGEST, LONGEST + 1))
        yield (piece * length)[:length]


def _row(what: str, backend: Backend, texts: Iterator[str]) -> Row:
    slowest, maps, refused, broken, problem = 0.0, 0, 0, 0, ""
    for text in texts:
        start = time.monotonic()
        try:
            _look(backend, text)
            maps += 1
        except BackendError:
            refused += 1
        except Exception as error:  # any other error is what this looks for
            broken += 1
            problem = problem or f"{text[:20]!a}: {type(error).__name__}: {error}"
        slowest = max(slowest, time.monotonic() - start)
    seen = problem or f"{maps} maps, {refused} refused in a sentence, slowest {slowest:.1f} s"
    return Row(what, maps + refused + broken, seen[:110], not broken and slowest < SLOW)


def _look(backend: Backend, text: str) -> None:
    """Draw the map of a text, and read it."""
    backend.token_count(InspectRequest(MODEL, text))
    request = {"model": MODEL, "text": text, "special_tokens": True}
    found = load_map(TextMap(backend), backend, request, ViewOptions(Measure.LENS_ENTROPY))
    draw(found).to_json()
    read(found)
