"""The operator's page of workers."""

from typing import Any

from dashboard.factory import create_app
from dashboard.web.workers_page import workers_table
from model_backend import ModelCard, ModelState, WorkerRecord, WorkersRequest
from tests.model_backend.fakes import FakeBackend

READY = ModelCard("small <b>", ModelState.READY, device="cuda")
RECORD = WorkerRecord(
    "gpu-1-abc", "gpu-1", 77, 1000.0, 3 * 2**30, (READY, ModelCard("other")), ("a", "b"), 5, 12, 3.0
)


def test_every_worker_has_a_row_with_what_it_holds_and_how_busy_it_is() -> None:
    table = workers_table([RECORD], now=1600.0)
    for text in (
        "gpu-1-abc",
        "process 77",
        "10 min",
        "3.0 GiB",
        "<td>2</td>",
        "<td>5</td>",
        "3 s ago",
        "12",
    ):
        assert text in table
    assert "small &lt;b&gt; (cuda)" in table and "other" not in table


def test_without_workers_the_page_says_so() -> None:
    client = create_app(FakeBackend()).server.test_client()
    response = client.get("/workers", headers={"Accept": "text/html"})
    assert response.status_code == 200 and "No workers" in response.text
    assert "layerscope_workers 0.0" in client.get("/metrics").text


class WithWorker(FakeBackend):
    """A fake with one worker."""

    def ask(self, request: Any) -> Any:
        return (RECORD,) if isinstance(request, WorkersRequest) else super().ask(request)


def test_the_metrics_have_a_line_for_every_worker_and_number() -> None:
    metrics = create_app(WithWorker()).server.test_client().get("/metrics").text
    assert "layerscope_workers 1.0" in metrics
    for name, value in (
        ("free_bytes", "3.221225472e+09"),
        ("models_loaded", "1.0"),
        ("calls", "2.0"),
        ("waiting", "5.0"),
        ("computations_total", "12.0"),
        ("heartbeat_age_seconds", "3.0"),
    ):
        assert f'layerscope_worker_{name}{{worker="gpu-1-abc"}} {value}' in metrics
