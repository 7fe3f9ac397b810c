"""What the page says while it waits: of a computation, how far it is and how long it will take."""

import threading
from typing import Any

from dashboard.factory import create_app
from dashboard.page.ids import EXPLORE, Explore, Page
from dashboard.page.loading_panel import LEAVE, computing, progress_in_words, status_line
from dashboard.web.operations import PAGE_HEADER
from model_backend import (
    CachedBackend,
    FairQueue,
    InProgress,
    Inspection,
    InspectRequest,
    make_store,
)
from model_backend.sharing.progress import begin_part, stepper
from tests.model_backend.fakes import FakeBackend
from tests.waiting import until

NOW = InProgress("Running smollm2 over 350 tokens", 0.42, 6.4, 8.8)


def test_a_computation_is_told_with_its_share_and_the_time_left() -> None:
    said = "Running smollm2 over 350 tokens · 42 % · about 9 s left"
    assert progress_in_words(NOW) == said
    assert status_line((), None, NOW) == said
    assert status_line((), None, None) == "Computing activations"
    [panel] = computing(NOW)
    assert said in str(panel) and "Cancel" in str(panel) and "value='0.420'" in str(panel)


def test_what_is_over_in_a_moment_shows_no_panel_and_no_guess() -> None:
    soon = InProgress(NOW.what, 0.42, 0.6, 0.8)
    assert computing(soon) == [] and computing(None) == []
    assert progress_in_words(soon) == "Running smollm2 over 350 tokens · 42 %"


class Slow(FakeBackend):
    """Half of every inspection takes until the gate opens."""

    def load(self, model: str) -> None:
        """It is loaded."""

    def _inspect(self, request: InspectRequest) -> Inspection:
        begin_part("Running fake", 0.0, 1.0)
        while not self.gate.wait(0.02):
            stepper()(0.5)
        return super()._inspect(request)


def fire(client: Any, output: str, inputs: dict[str, Any], **state: Any) -> Any:
    """Fire a callback as the page "mine" does."""

    def props(values: dict[str, Any]) -> list[dict[str, Any]]:
        return [
            {"id": id_, "property": name, "value": value}
            for id_, name, value in ((*key.rsplit(".", 1), v) for key, v in values.items())
        ]

    outputs = [
        dict(zip(("id", "property"), name.rsplit(".", 1), strict=True))
        for name in output.strip(".").split("...")
    ]
    body = {"output": output, "outputs": outputs, "inputs": props(inputs),
            "changedPropIds": [next(iter(inputs))], "state": props(state)}  # fmt: skip
    answer = client.post("/_dash-update-component", json=body, headers={PAGE_HEADER: "mine"})
    return answer.get_json(silent=True)


def press_cancel(client: Any) -> None:
    """Press the button of the computation."""
    config = client.get("/_dash-dependencies").get_json()
    button = {"id": {"type": LEAVE, "place": "computation"}, "property": "n_clicks", "value": 1}
    body = {
        "output": next(one["output"] for one in config if LEAVE in str(one["inputs"])),
        "outputs": [],
        "changedPropIds": [f'{{"place":"computation","type":"{LEAVE}"}}.n_clicks'],
        "inputs": [[button]],
    }
    client.post("/_dash-update-component", json=body, headers={PAGE_HEADER: "mine"})


def test_a_running_computation_is_shown_to_its_page_and_cancelled_from_there() -> None:
    backend = Slow()
    backend.gate.clear()
    app = create_app(CachedBackend(backend, make_store(), FairQueue(at_once=1))).server
    parts = (f"{EXPLORE.request}.data", f"{EXPLORE.measure}.data", f"{EXPLORE.measure}.value",
             f"{EXPLORE.offers}.data")  # fmt: skip
    inputs = {f"{Explore.RUN}.n_clicks": 1, f"{Explore.CHOSEN}.data": None,
              f"{Explore.MODEL}.value": "fake", f"{Explore.SPECIAL}.checked": True}  # fmt: skip
    state = {f"{Explore.TEXT}.value": "one two", f"{EXPLORE.measure}.value": "residual norm",
             f"{EXPLORE.offers}.data": None}  # fmt: skip
    answers: list[Any] = []

    def run() -> None:
        answers.append(fire(app.test_client(), f"..{'...'.join(parts)}..", inputs, **state))

    def look() -> str:
        output = f"..{Page.STATUS}.data...{Page.LOADING}.children.."
        return str(fire(app.test_client(), output, {f"{Page.PULSE}.n_intervals": 1}))

    running = threading.Thread(target=run)
    running.start()
    until(lambda: "Running fake · 50 %" in look())
    until(lambda: "Cancel" in look())
    press_cancel(app.test_client())
    running.join(30)
    assert not running.is_alive()
    [answer] = answers
    assert answer["sideUpdate"][Page.ERROR]["title"] == "Cancelled"
    assert "press Run" in answer["sideUpdate"][Page.ERROR]["children"]
    assert backend.asked["inspect"] == 0
