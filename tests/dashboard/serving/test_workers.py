"""Web processes and workers as processes of their own, around a real Redis."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dashboard.serving.options import read_worker_options
from model_backend import (
    Broker,
    InspectRequest,
    JobState,
    ModelState,
    QuestionRequest,
    RemoteBackend,
    StudyRequest,
)
from tests.browser.serving import ROOT
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until

BLOCKED = ("torch", "transformers", "tokenizers", "peft", "accelerate", "gguf", "huggingface_hub")


@contextmanager
def worker(redis: RedisServer, studies: Path) -> Iterator[subprocess.Popen[bytes]]:
    own = {**os.environ, "BROKER": redis.url, "STUDIES": str(studies), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "dashboard.serving", "worker", "--device", "cpu"]
    process = subprocess.Popen(command, cwd=ROOT, env=own)
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=30)


def ready(remote: RemoteBackend, n_workers: int) -> None:
    def is_ready() -> bool:
        workers = remote.roster.workers(fresh=True)
        cards = [one.card("builtin") for one in workers]
        return sum(card is not None and card.state is ModelState.READY for card in cards) >= (
            n_workers
        )

    until(is_ready, seconds=120)


@pytest.mark.slow
def test_a_study_and_maps_outlive_a_worker_that_is_killed(tmp_path: Path) -> None:
    with redis_server() as redis, worker(redis, tmp_path) as one, worker(redis, tmp_path):
        remote = RemoteBackend(Broker(redis.url))
        ready(remote, 2)
        request = StudyRequest(
            "builtin", "places", size=50, n_permutations=1, random_model=False, ask_for_truth=False
        )
        job = remote.start_study(request)
        until(lambda: remote.watch(job).state is JobState.RUNNING, seconds=60)
        one.send_signal(signal.SIGKILL)  # it runs the study, or computes a part of it
        killed_at = time.monotonic()
        assert remote.inspect(InspectRequest("builtin", "The capital of Peru is")).grids
        assert time.monotonic() - killed_at < 30
        until(lambda: remote.watch(job).is_over, seconds=180)
        assert remote.watch(job).state is JobState.DONE
        assert remote.study(job).card.n > 0
        assert remote.generate(
            QuestionRequest("builtin", "What is the capital of Peru?")
        ).token_texts
    assert one.poll() is not None


WEB = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {blocked}:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Blocked())
sys.argv = ["app.py", "--workers", "redis://127.0.0.1:1/0"]
from dashboard.serving.main import compose
from dashboard.serving.options import read_options
client = compose(read_options()).test_client()
print(client.get("/", headers={{"Accept": "text/html"}}).status_code, client.get("/ready").text)
"""


def test_a_web_process_needs_no_torch_and_says_that_its_broker_is_away() -> None:
    code = WEB.format(blocked=set(BLOCKED))
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert run.stdout.startswith("200 "), run.stderr
    assert "failed" in json.loads(run.stdout[4:])["error"]


def test_the_requirements_of_a_web_process_are_some_of_all() -> None:
    whole, web = (
        set((ROOT / name).read_text(encoding="utf-8").splitlines()[1:])
        for name in ("requirements.txt", "requirements-web.txt")
    )
    assert web < whole
    assert not any(line.startswith(BLOCKED) for line in web)


def test_a_worker_without_a_broker_says_what_it_needs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BROKER", raising=False)
    for arguments in ([], ["--broker", ""]):
        with pytest.raises(SystemExit):
            read_worker_options(arguments)
        assert "--broker" in capsys.readouterr().err
