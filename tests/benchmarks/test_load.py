"""The load drives a real server, counts what goes wrong, and says when a limit does not hold."""

import pytest

from benchmarks.load import SHARED, Traffic, drive
from benchmarks.visitor import View
from model_backend import BackendError, Inspection, InspectRequest
from tests.model_backend.fakes import FakeBackend


@pytest.mark.slow
def test_people_look_and_every_text_is_computed_once(address: str, fake: FakeBackend) -> None:
    traffic = drive([address], "fake", users=3, seconds=2, pause=(0.01, 0.05))
    assert not traffic.errors
    assert len(traffic.views) >= 3
    assert traffic.computations == len({view.text for view in traffic.views} | set(SHARED))
    assert traffic.computations == fake.asked["inspect"]


def test_an_error_that_the_page_shows_is_counted(
    address: str, fake: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.load.OWN", 1.0)
    inspect = fake._inspect

    def refuse(request: InspectRequest) -> Inspection:
        if "alone" in request.text:
            raise BackendError("Broken.")
        return inspect(request)

    fake.handlers.on(InspectRequest, refuse)
    traffic = drive([address], "fake", users=2, seconds=1, pause=(0.01, 0.05))
    assert len(traffic.errors) == 2
    assert "Broken." in traffic.errors[0]


def test_what_is_over_its_limit_is_said() -> None:
    known = {"a"}
    views = [View("a", 0.3)] * 20
    traffic = Traffic(
        views, ["Refused: no"], known, computations=2, memory=[100.0] * 6 + [200.0] * 2
    )
    verdicts = {line.what: line.verdict for line in traffic.lines()}
    over = {"errors", "computations", "cached view, 95th percentile"}
    assert {what for what, verdict in verdicts.items() if verdict == "over"} == over | {
        "memory, last quarter to second"
    }
