"""The Explore view's requests to a backend, and those it never makes."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.page.ids import EXPLORE, Explore, Page
from model_backend import BadRequest, Scale, Span
from tests.model_backend.fakes import FakeBackend

CELL = "/_layerscope/cell/explore"
TEXT = "one two three four"
OPTIONS = {"special_tokens": True, "attention": False, "token_ids": [], "measures": []}
REQUEST = {"model": "fake", "text": TEXT, **OPTIONS}
RAN = (
    f"..{EXPLORE.request}.data...{EXPLORE.measure}.data...{EXPLORE.measure}.value"
    f"...{EXPLORE.offers}.data.."
)
DRAWN = f"..{EXPLORE.drawing}.data...{EXPLORE.facts}.children...{EXPLORE.notes}.children.."


def call(
    client: FlaskClient, output: str, inputs: dict[str, Any], *, changed: str = "", **state: Any
) -> Any:
    """Fire one callback as the browser does; without ``changed`` by its first input."""

    def props(values: dict[str, Any]) -> list[dict[str, Any]]:
        parts = [(*name.rsplit(".", 1), value) for name, value in values.items()]
        return [{"id": id_, "property": prop, "value": value} for id_, prop, value in parts]

    names = output.strip(".").split("...")
    outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
    body = {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": props(inputs),
        "changedPropIds": [changed or next(iter(inputs))],
        "state": props(state),
    }
    answer = client.post("/_dash-update-component", json=body)
    assert answer.status_code in (200, 204), answer.get_data(as_text=True)
    return answer.get_json(silent=True)


def draw(client: FlaskClient, request: Mapping[str, Any] = REQUEST, **chosen: str) -> Any:
    choices = {
        "MEASURE": "lens confidence",
        "SCALE": Scale.INTENSITY.value,
        "SPAN": Span.AUTO.value,
    }
    choices |= chosen
    inputs: dict[str, Any] = {
        f"{EXPLORE.request}.data": request,
        f"{EXPLORE.measure}.value": choices.pop("MEASURE"),
        f"{EXPLORE.site}.value": choices.pop("SITE", None),
    }
    probe = {
        f"{EXPLORE.study}.value": choices.pop("STUDY", None),
        f"{EXPLORE.probe}.value": choices.pop("PROBE", None),
    }
    inputs |= {f"{EXPLORE.prefix}-{name.lower()}.value": value for name, value in choices.items()}
    inputs[f"{EXPLORE.sinks}.checked"] = False
    return call(client, DRAWN, inputs | probe)


def ask(client: FlaskClient, text: str | None, model: str = "fake") -> Any:
    inputs = {
        f"{Explore.RUN}.n_clicks": 1,
        f"{Explore.CHOSEN}.data": None,
        f"{Explore.MODEL}.value": model,
        f"{Explore.SPECIAL}.checked": True,
    }
    state: dict[str, Any] = {
        f"{Explore.TEXT}.value": text,
        f"{EXPLORE.measure}.value": "lens confidence",
    }
    state |= {f"{EXPLORE.offers}.data": None}
    return call(client, RAN, inputs, **state)


def read(
    client: FlaskClient,
    measure: str,
    study: str | None = None,
    probe: str | None = None,
    *,
    span: str = Span.AUTO,
    in_view: Sequence[int] | None = None,
) -> str:
    """The reading of a measure, as JSON."""
    inputs: dict[str, Any] = {f"{EXPLORE.request}.data": REQUEST}
    inputs |= {f"{EXPLORE.measure}.value": measure, f"{EXPLORE.site}.value": None}
    inputs |= {f"{EXPLORE.study}.value": study, f"{EXPLORE.probe}.value": probe}
    inputs |= {f"{EXPLORE.sinks}.checked": False, f"{EXPLORE.span}.value": span}
    inputs |= {f"{EXPLORE.in_view}.data": in_view}
    return json.dumps(call(client, f"{EXPLORE.reading}.children", inputs)["response"])


def error_of(answer: Any) -> str:
    return str(answer["sideUpdate"][Page.ERROR]["children"])


def test_building_the_app_asks_the_backend_nothing(backend: FakeBackend) -> None:
    create_app(backend)
    assert backend.asked.total() == 0


def test_a_run_becomes_a_request(client: FlaskClient, backend: FakeBackend) -> None:
    said = ask(client, TEXT)["response"]
    assert said[EXPLORE.request]["data"] == REQUEST
    assert said[EXPLORE.measure]["data"][0]["group"] == "Residual stream"
    assert "value" not in said[EXPLORE.measure]  # the measure that was chosen is one of these
    assert "sites" in said[EXPLORE.offers]["data"]
    draw(client)
    assert (backend.asked["load"], backend.asked["inspect"]) == (1, 1)


def test_what_cannot_be_answered_does_not_become_the_pages_state(client: FlaskClient) -> None:
    answer = ask(client, TEXT, model="other")
    assert "There is no model 'other' here." in error_of(answer)
    assert EXPLORE.request not in answer.get("response", {})


def test_a_change_of_measure_scale_or_range_computes_nothing(
    client: FlaskClient, backend: FakeBackend
) -> None:
    draw(client)
    for change in (
        {"MEASURE": "residual norm"},
        {"SCALE": "raw"},
        {"SCALE": "log10"},
        {"SPAN": "per layer"},
    ):
        draw(client, REQUEST, **change)
    assert backend.asked["inspect"] == 1


def test_the_figure_says_which_request_it_draws(client: FlaskClient) -> None:
    figure = draw(client)["response"][EXPLORE.drawing]["data"]
    meta = figure["layout"]["meta"]
    assert meta["request"] == REQUEST
    assert meta["tokens"] == TEXT.split()
    assert figure["data"][0]["z"]["dtype"] == "f4"


@pytest.mark.parametrize("text", ["", "  \n\t", None])
def test_no_text_is_answered_with_a_sentence(client: FlaskClient, text: str | None) -> None:
    assert "There is no text yet" in error_of(ask(client, text))


def test_half_a_surrogate_pair_is_answered_with_its_place(client: FlaskClient) -> None:
    assert "Character 3" in error_of(ask(client, "ab\ud800"))


def test_a_backends_sentence_reaches_the_person(client: FlaskClient, backend: FakeBackend) -> None:
    backend.error = BadRequest("The text has 9 tokens; fake takes 8. Shorten it.")
    assert error_of(draw(client)) == "The text has 9 tokens; fake takes 8. Shorten it."


def test_anything_else_is_logged_and_not_shown(
    client: FlaskClient, backend: FakeBackend, caplog: pytest.LogCaptureFixture
) -> None:
    backend.error = ZeroDivisionError("secret detail")
    answer = draw(client)
    assert "secret" not in json.dumps(answer)
    assert "Something went wrong" in error_of(answer)
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    "request_", [{"text": 5, "model": "fake"}, {"nonsense": 1}, {"model": "other", "text": "a"}]
)
def test_a_forged_request_gets_a_sentence(client: FlaskClient, request_: dict[str, Any]) -> None:
    assert error_of(draw(client, request_))


def test_the_reading_is_of_the_measure_on_screen(client: FlaskClient) -> None:
    norm, entropy = read(client, "residual norm"), read(client, "lens entropy")
    assert "In short" in norm
    assert norm != entropy


def test_the_reading_speaks_of_the_colours_on_screen(client: FlaskClient) -> None:
    coloured = "each layer coloured against its own tokens"
    assert coloured in read(client, "residual norm")
    assert coloured not in read(client, "residual norm", span=Span.MAP)
    assert coloured in read(client, "lens entropy", span=Span.LAYER)


def test_the_reading_is_of_what_is_in_view(client: FlaskClient) -> None:
    assert "In view" not in read(client, "residual norm")
    assert "In view: 2 rows, 3 tokens" in read(client, "residual norm", in_view=(1, 2, 1, 3))
    assert "In view: 1 row, 3 tokens" in read(client, "residual norm", in_view=(1, 1, 1, 3))


def test_a_cell_is_opened(client: FlaskClient) -> None:
    said = client.post(CELL, json={**REQUEST, "row": 2, "position": 1}).get_data(as_text=True)
    for part in ("layer 2", "position 1", "token9", "none here", "2nd"):
        assert part in said
