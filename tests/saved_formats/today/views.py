"""Opens a link in the page's steps: read the link, make requests, draw maps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from dashboard.page.ids import (
    ASK,
    DIFFERENCE,
    EXPLORE,
    LEFT,
    RIGHT,
    Ask,
    Compare,
    Explore,
    MapIds,
    Share,
)
from dashboard.page.probe_ids import BESIDE, PROBE, Probe
from dashboard.page.probe_ids import DIFFERENCE as PROBE_DIFFERENCE
from tests.saved_formats.today.page import fire

SIDES = ((LEFT, "left"), (RIGHT, "right"))
Values = Mapping[str, Any]


@dataclass(frozen=True)
class OpenedLink:
    """The values that the page reads from a link."""

    view: str
    parts: dict[str, Any]
    maps: dict[str, Any]
    said: list[str]
    complete: bool


def open_link(client: FlaskClient, fragment: str) -> OpenedLink:
    """Pass a link to the page's callback, as a browser does after following it."""
    [state] = fire(client, [(Share.STATE, "data")], {f"{Share.FRAGMENT}.data": fragment})
    names = ("view", "parts", "maps", "said", "complete")
    return OpenedLink(**{name: state[name] for name in names})


def ask_for(client: FlaskClient, view: str, parts: Values) -> dict[str, Any]:
    """Build the requests of a view's maps from the values of a link."""
    asks = {"explore": _ask_explore, "ask": _ask_ask, "compare": _ask_compare}
    return asks[view](client, parts)


def draw(client: FlaskClient, view: str, parts: Values) -> dict[str, bool]:
    """Draw a view's maps from the values of a link; False for a map that stays empty."""
    if view == "probe":
        return _draw_probe(client, parts)
    requests = ask_for(client, view, parts)
    return (_draw_compare if view == "compare" else _draw_one)(client, parts, requests)


def _ask_explore(client: FlaskClient, parts: Values) -> dict[str, Any]:
    inputs = {
        f"{Explore.RUN}.n_clicks": None,
        f"{Explore.CHOSEN}.data": {"at": 1},
        f"{Explore.MODEL}.value": parts["model"],
        f"{Explore.SPECIAL}.checked": parts["special_tokens"],
    }
    state = {
        f"{Explore.TEXT}.value": parts["text"],
        f"{EXPLORE.measure}.value": parts["measure"],
        f"{EXPLORE.offers}.data": None,
    }
    also = _choices(EXPLORE)
    [request] = fire(client, [(EXPLORE.request, "data")], inputs, state, also)
    return {EXPLORE.prefix: request}


def _ask_ask(client: FlaskClient, parts: Values) -> dict[str, Any]:
    inputs = {
        f"{Ask.ANSWERED}.data": parts["answered"],
        f"{Ask.MARK}.data": parts.get("mark"),
        f"{Ask.AXIS}.value": parts["axis"],
    }
    state = {f"{ASK.measure}.value": parts["measure"], f"{ASK.offers}.data": None}
    [request] = fire(client, [(ASK.request, "data")], inputs, state, _choices(ASK))
    return {ASK.prefix: request}


def _ask_compare(client: FlaskClient, parts: Values) -> dict[str, Any]:
    inputs = {f"{Compare.RUN}.n_clicks": None, f"{Compare.BEGIN}.data": {"at": 1}}
    state = {f"{ids.measure}.value": parts[f"{side}_measure"] for ids, side in SIDES}
    state |= {f"{ids.offers}.data": None for ids, _ in SIDES}
    for ids, side in SIDES:
        state |= {
            f"{ids.kind}.value": parts[f"{side}_kind"],
            f"{ids.model}.value": parts[f"{side}_model"],
            f"{ids.text}.value": parts.get(f"{side}_text"),
            f"{ids.special}.checked": parts[f"{side}_special_tokens"],
            f"{ids.question}.value": parts.get(f"{side}_question"),
            f"{ids.answer}.data": parts[f"{side}_answer"],
        }
    also = [output for ids, _ in SIDES for output in _choices(ids)]
    found = fire(client, [(ids.request, "data") for ids, _ in SIDES], inputs, state, also)
    requests = zip(SIDES, found, strict=True)
    return {ids.prefix: {**request, "axis": parts["axis"]} for (ids, _), request in requests}


def _choices(ids: MapIds) -> list[tuple[str, str]]:
    """What can be chosen of a map, which the page is told together with its request."""
    return [(ids.measure, "data"), (ids.measure, "value"), (ids.offers, "data")]


def _draw_one(client: FlaskClient, parts: Values, requests: Values) -> dict[str, bool]:
    [(prefix, request)] = requests.items()
    ids = EXPLORE if prefix == EXPLORE.prefix else ASK
    inputs = {
        f"{ids.request}.data": request,
        f"{ids.measure}.value": parts["measure"],
        f"{ids.site}.value": parts.get("site"),
        f"{ids.scale}.value": parts["scale"],
        f"{ids.span}.value": parts["span"],
        f"{ids.sinks}.checked": parts["sinks"],
        f"{ids.study}.value": parts.get("study"),
        f"{ids.probe}.value": parts.get("probe"),
    }
    outputs = [(ids.drawing, "data"), (ids.facts, "children"), (ids.notes, "children")]
    return {prefix: fire(client, outputs, inputs)[0] is not None}


def _draw_compare(client: FlaskClient, parts: Values, requests: Values) -> dict[str, bool]:
    inputs = {f"{ids.request}.data": requests[ids.prefix] for ids, _ in SIDES}
    inputs |= {f"{ids.measure}.value": parts[f"{side}_measure"] for ids, side in SIDES}
    inputs |= {f"{ids.site}.value": parts[f"{side}_site"] for ids, side in SIDES}
    inputs |= {f"{Compare.ALIGN}.value": parts["align"], f"{Compare.AXIS}.value": parts["axis"]}
    inputs[f"{Compare.SCALE}.value"] = parts["scale"]
    maps = (LEFT, RIGHT, DIFFERENCE)
    outputs = [(ids.drawing, "data") for ids in maps]
    outputs += [(ids.facts, "children") for ids, _ in SIDES]
    outputs += [(ids.notes, "children") for ids, _ in SIDES]
    drawn = fire(
        client, [*outputs, (Compare.NOTES, "children"), (Compare.PARTNERS, "data")], inputs
    )
    return {ids.prefix: drawn[at] is not None for at, ids in enumerate(maps)}


def _draw_probe(client: FlaskClient, parts: Values) -> dict[str, bool]:
    inputs = {f"{PROBE.request}.data": parts["map"], f"{Probe.OTHER}.value": parts["beside"]}
    outputs = [(PROBE.drawing, "data"), (PROBE.facts, "children"), (PROBE.notes, "children")]
    first = fire(client, outputs, inputs)
    outputs = [(Probe.COMPARISON, "hidden"), (BESIDE.drawing, "data"), (BESIDE.facts, "children")]
    outputs += [(PROBE_DIFFERENCE.drawing, "data"), (PROBE_DIFFERENCE.facts, "children")]
    outputs += [(PROBE_DIFFERENCE.notes, "children"), (Probe.PARTNERS, "data")]
    other = fire(client, outputs, inputs)
    return {
        PROBE.prefix: first[0] is not None,
        BESIDE.prefix: other[1] is not None,
        PROBE_DIFFERENCE.prefix: other[3] is not None,
    }
