"""The browser's declaration of a figure's meta is what the figures of every view have."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from plotly.io.json import to_json_plotly

from dashboard.drawing import figures
from dashboard.maps.comparing.difference import Comparison
from dashboard.maps.inspection_map import InspectionMap
from dashboard.maps.load_map import map_of
from dashboard.maps.map_data import Column, MapData
from dashboard.maps.view_options import ViewOptions, make_view_options
from dashboard.page.ids import EXPLORE
from dashboard.views.probe.maps.auc_map import published_map
from dashboard.views.probe.maps.study_map import study_map
from dashboard.web.scripts import ASSETS
from model_backend import Align, Measure, Scale, Site, published_maps
from tests.dashboard.maps.test_difference import LEFT, RIGHT
from tests.dashboard.maps.test_probe_score import answer_map, text_map
from tests.dashboard.views.explore.test_explore import REQUEST, draw
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.fakes import FakeBackend, make_inspection

DECLARED = ASSETS / "map" / "types.js"


@dataclass(frozen=True)
class Property:
    type: str
    is_optional: bool


def declarations() -> dict[str, dict[str, Property]]:
    """Every typedef of the scripts: its properties and their types, as JSDoc writes them."""
    found: dict[str, dict[str, Property]] = {}
    line = re.compile(r"@(typedef|property) \{(.*)\} (\[?)(\w+)")
    for kind, type_, optional, name in line.findall(DECLARED.read_text(encoding="utf-8")):
        if kind == "typedef":
            found[name] = {}
        else:
            list(found.values())[-1][name] = Property(type_, bool(optional))
    return found


TYPES = declarations()
META = TYPES["FigureMeta"]


def is_of(value: Any, type_: str) -> bool:
    """True if a JSON value has a type of JSDoc."""
    type_ = type_.strip()
    if type_.endswith("[]"):
        inner = type_.removesuffix("[]")
        inner = inner[1:-1] if inner.startswith("(") and inner.endswith(")") else inner
        return isinstance(value, list) and all(is_of(each, inner) for each in value)
    if " | " in type_:
        return any(is_of(value, each) for each in type_.split(" | "))
    if type_ in TYPES:
        return not list(differences(value, TYPES[type_]))
    if type_ == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    simple = {"string": str, "boolean": bool, "null": type(None), "Record<string, any>": dict}
    return isinstance(value, simple[type_])


def differences(value: Any, declared: Mapping[str, Property]) -> Iterator[str]:
    """Properties of an object that are undeclared, missing or of another type."""
    if not isinstance(value, dict):
        yield f"{value!r} is no object"
        return
    yield from (f"{name} is not declared" for name in value.keys() - declared.keys())
    for name, wanted in declared.items():
        if name not in value:
            if not wanted.is_optional:
                yield f"{name} is missing"
        elif not is_of(value[name], wanted.type):
            yield f"{name} is no {wanted.type}: {str(value[name])[:80]}"


def less(left: MapData, right: MapData, how: Align) -> MapData:
    found = Comparison(left, right, how).difference
    assert found is not None
    return found


def named_text() -> MapData:
    columns = (Column(3, "last_q"), Column(None, "first_answer"))
    found = InspectionMap(make_inspection("one two three four"), columns, about="a question")
    options = make_view_options(Measure.LENS_ENTROPY, None, Scale.INTENSITY)
    return map_of(found, options, REQUEST)


def maps(backend: FakeBackend) -> dict[str, MapData]:
    """One of every kind of map that a view shows."""
    trivia, imdb = (published_map(published_maps()[at]) for at in (0, 8))
    seen = make_inspection("one two three four", attention=True)
    received = ViewOptions(Measure.ATTENTION_RECEIVED)
    return {
        "named columns": named_text(),
        "a measure over later tokens": map_of(InspectionMap(seen), received, REQUEST),
        "ranks": map_of(InspectionMap(seen), ViewOptions(Measure.NEXT_TOKEN_RANK), REQUEST),
        "a probe score of a text": text_map(backend),
        "a probe score of an answer": answer_map(backend),
        "a side of Compare": Comparison(LEFT, RIGHT, Align.TOKEN).sides()[0],
        "a difference": less(LEFT, RIGHT, Align.TOKEN),
        "a published study": trivia,
        "a study": study_map(make_study(), Site.RESID_POST),
        "a difference of studies": less(trivia, imdb, Align.NAME),
    }


@pytest.fixture()
def metas(backend: FakeBackend, client: FlaskClient) -> dict[str, dict[str, Any]]:
    """As the browser reads them; that of a text as a callback sends it."""
    drawn = {name: figures.draw(each) for name, each in maps(backend).items()}
    made = {name: json.loads(to_json_plotly(each)) for name, each in drawn.items()}
    made["a text"] = draw(client)["response"][EXPLORE.drawing]["data"]
    return {name: figure["layout"]["meta"] for name, figure in made.items()}


def test_every_map_has_what_is_declared_and_nothing_else(metas: dict[str, dict[str, Any]]) -> None:
    wrong = {name: list(differences(meta, META)) for name, meta in metas.items()}
    assert not {name: found for name, found in wrong.items() if found}


def test_every_declared_property_is_written_by_some_map(metas: dict[str, dict[str, Any]]) -> None:
    assert META.keys() == set().union(*metas.values())
    lines = [line for meta in metas.values() for line in meta.get("lines", ())]
    assert TYPES["CellLine"].keys() == set().union(*lines)


def test_another_type_is_noticed(metas: dict[str, dict[str, Any]]) -> None:
    meta = metas["a text"]
    assert list(differences({**meta, "unit": None}, META)) == ["unit is no string: None"]
    assert list(differences({**meta, "low": [1, "2"]}, META)) == ["low is no number[]: [1, '2']"]
    assert list(differences({**meta, "pins": []}, META)) == ["pins is not declared"]
    del meta["tokens"]
    assert list(differences(meta, META)) == ["tokens is missing"]
