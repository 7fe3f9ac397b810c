"""Links: what goes in comes out, old ones go on working, and no fragment breaks the page."""

import base64
import zlib
from typing import Any

import orjson
import pytest
from dash.development.base_component import Component
from hypothesis import given
from hypothesis import strategies as st

from dashboard.factory import VIEWS
from dashboard.links.url_state import (
    MOST_BYTES,
    MOST_CHARACTERS,
    Field,
    Kind,
    UrlState,
    read_link,
    write_link,
)
from dashboard.page.ids import MapIds
from model_backend import ModelCard

MAP = MapIds("explore")
LINKED = UrlState(
    "explore",
    (
        Field("text", "explore-text", from_request=("explore", "text")),
        Field("model", "explore-model", kind=Kind.MODEL, from_request=("explore", "model")),
        Field("special_tokens", "explore-special-tokens", "checked", Kind.SWITCH,
             from_request=("explore", "special_tokens")),
        Field("measure", "explore-measure", kind=Kind.CHOICE, choices=("lens entropy", "score")),
        Field("study", "explore-study", kind=Kind.STUDY, only_if=("measure", "score")),
        Field("probe", "explore-probe", kind=Kind.CHOICE, choices=("last_q",),
             only_if=("measure", "score")),
    ),
    maps=(MAP,),
)  # fmt: skip
STUDIES = ("of places",)
PARTS = {"text": "Ein Fluß", "model": "builtin", "special_tokens": True, "measure": "lens entropy"}
SHOWN = {"x": [0.5, 3.5], "y": [-0.5, 2.5], "open": [2, 1], "pins": [[0, 1]], "revision": "abc"}
STATE = {"parts": PARTS, "maps": {"explore": SHOWN}}
VERSIONS = {
    1: (
        "#explore/1.eNodjUEOwjAMBL9S-RyqUtRL7_CJCqG0-GAREitxUKoqb-ExfAy3x5ndtTdgGyXBuIFgE"
        "RjhSr65ufz7goF3eKJTN2dyQl5NYlzIuoeEF3qdScyoPbQpR9SmU9uglxh4haqJ5eM4FnZhb2xQYJy6d"
        "jCXdrgbWJVOO_YHBkavpjdnBab9xTR1SooRP5QoaA52XqDW-gfQUj2K"
    ),
}
"""A link of every version ever written, all of the same state; never change one."""


def read(fragment: str, models: tuple[str, ...] = ("builtin",)) -> Any:
    return read_link(fragment, [LINKED], models.__contains__, STUDIES.__contains__)


def squeezed(body: bytes) -> str:
    return "#explore/1." + base64.urlsafe_b64encode(zlib.compress(body)).decode().rstrip("=")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_link_of_every_version_opens(version: int) -> None:
    opened = read(VERSIONS[version])
    assert (opened.parts, opened.maps, opened.said, opened.complete) == (
        PARTS,
        {"explore": SHOWN},
        (),
        True,
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives_a_link(text: str) -> None:
    state = {"parts": {**PARTS, "text": text}, "maps": {}}
    assert read(write_link("explore", state)).parts["text"] == text


def test_a_model_that_is_not_here_is_named_and_the_text_kept() -> None:
    opened = read(write_link("explore", STATE), models=("another",))
    assert opened.parts == {"text": "Ein Fluß", "measure": "lens entropy"}
    assert not opened.complete
    assert "model builtin, which this server does not have" in opened.said[0]


def test_an_unknown_choice_is_said_and_the_rest_opens() -> None:
    opened = read(write_link("explore", {"parts": {**PARTS, "measure": "luck"}, "maps": {}}))
    assert opened.complete and "measure" not in opened.parts
    assert opened.said == ("This link asks for the measure 'luck', which is not known here.",)


def scored(study: str, measure: str = "score") -> Any:
    parts = {**PARTS, "measure": measure, "study": study, "probe": "last_q"}
    return read(write_link("explore", {"parts": parts, "maps": {}}))


def test_a_score_comes_back_with_its_study_and_its_probe() -> None:
    opened = scored("of places")
    assert opened.complete and not opened.said
    chosen = ("measure", "study", "probe")
    assert [opened.parts[name] for name in chosen] == ["score", "of places", "last_q"]


def test_without_its_study_a_text_is_shown_but_not_by_the_score_of_another() -> None:
    opened = scored("of sums")
    assert opened.said[0].startswith("This link shows the probe score of the study of sums, which")
    assert opened.complete and opened.parts["text"] == "Ein Fluß"
    assert not {"measure", "study", "probe"} & opened.parts.keys()


def test_a_study_is_nothing_to_a_link_of_another_measure() -> None:
    opened = scored("of sums", "lens entropy")
    assert not opened.said and opened.parts == PARTS


def test_a_newer_format_is_named() -> None:
    assert "newer Layerscope (format 9)" in read("#explore/9.abc").said[0]


@pytest.mark.parametrize("at", range(12, len(VERSIONS[1]), 7))
def test_a_link_cut_short_gets_a_sentence(at: int) -> None:
    opened = read(VERSIONS[1][:at])
    assert not opened.parts and opened.said[0].endswith(".")


@given(st.text(max_size=60))
def test_no_fragment_raises(rest: str) -> None:
    for fragment in (rest, f"#explore/{rest}", f"#explore/1.{rest}"):
        opened = read(fragment)
        assert opened.said and not opened.parts


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*PARTS, "x", "pins"]), inner),
    max_leaves=8,
)


@given(st.fixed_dictionaries({"parts": VALUES, "maps": VALUES}))
def test_whatever_a_state_holds_only_sound_values_come_out(state: dict[str, Any]) -> None:
    opened = read(squeezed(orjson.dumps(state, option=orjson.OPT_NON_STR_KEYS)))
    for name, value in opened.parts.items():
        assert isinstance(value, bool if name == "special_tokens" else str)


@pytest.mark.parametrize(
    "hostile",
    [{"x": [3, 1]}, {"x": [0, 1e300]}, {"x": [True, 2]}, {"x": "ab"}, {"open": [-1, 0]},
     {"open": [0.5, 1]}, {"pins": [[0]]}, {"pins": 7}, {"pins": [[1e9, 0]]}, [], "a"],
)  # fmt: skip
def test_ranges_and_cells_that_cannot_be_are_left_out(hostile: Any) -> None:
    shown = read(write_link("explore", {"parts": PARTS, "maps": {"explore": hostile}})).maps
    assert shown["explore"] in ({}, {"pins": []})


def test_a_state_that_unpacks_to_too_much_is_not_read() -> None:
    bomb = squeezed(b'"' + b"a" * (MOST_BYTES + 1) + b'"')
    assert len(bomb) < 10_000
    assert read(bomb).said == ("This link unpacks to more than 4 MB: not read.",)


def test_a_huge_fragment_is_refused_by_its_length() -> None:
    assert "2,000,001 characters" in read("#explore/" + "a" * (MOST_CHARACTERS + 1)).said[0]


def test_json_nested_without_end_gets_a_sentence() -> None:
    assert read(squeezed(b"[" * 100_000)).said[0].startswith("This link is cut short or altered")


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.TITLE)
def test_every_control_of_every_map_is_in_its_views_links(view: Any) -> None:
    linked = {part.id for part in view.LINKED.fields}
    prefixes = {map_.prefix for map_ in view.LINKED.maps}
    components = [
        part
        for top in view.layout((ModelCard("builtin"),))
        for part in (top, *top._traverse())
        if isinstance(part, Component)
    ]
    holding = [part for part in components if hasattr(part, "value") or hasattr(part, "checked")]
    ids = {str(getattr(part, "id", "")) for part in holding}
    controls = {id_ for id_ in ids if id_.rsplit("-", 1)[0] in prefixes}
    assert controls
    ranges = {id_ for map_ in view.LINKED.maps for id_ in (map_.layers, map_.tokens)}
    shown = {map_.shown for map_ in view.LINKED.maps}  # follows the measure
    assert controls - ranges - shown <= linked


def test_a_views_names_are_each_used_once() -> None:
    for view in VIEWS:
        names = [part.name for part in view.LINKED.fields]
        assert len(names) == len(set(names))
        assert view.LINKED.view == view.TITLE.lower()
