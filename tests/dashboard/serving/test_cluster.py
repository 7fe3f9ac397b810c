"""The whole cluster as ``make cluster`` starts it: two web processes, two workers and Redis."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmarks.visitor import Refused, Visitor
from model_backend import Broker, JobState, QuestionRequest, RemoteBackend, StudyRequest
from tests.browser.serving import ROOT, free_port, wait_for
from tests.waiting import until

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Cluster:
    """A running cluster."""

    process: subprocess.Popen[str]
    addresses: tuple[str, str]
    log: Path

    def visitors(self) -> tuple[Visitor, Visitor]:
        """A person at each web process."""
        one, other = (Visitor(address) for address in self.addresses)
        for each in (one, other):
            each.open("builtin")
        return one, other

    def children(self) -> list[psutil.Process]:
        """Redis, the workers and the web processes."""
        return psutil.Process(self.process.pid).children()

    def worker(self) -> psutil.Process:
        """One of the workers."""
        return next(child for child in self.children() if "worker" in child.cmdline())

    def broker(self) -> str:
        """The address of Redis, with the password that was made for it."""
        return self.worker().environ()["BROKER"]

    def kill_web(self) -> None:
        """Kill the process that serves the first address; its parent starts another."""
        webs = [child for child in self.children() if child.cmdline()[-1] == "dashboard.serving"]
        first = next(web for web in webs if web.environ()["PORT"] in self.addresses[0])
        for serving in first.children():
            serving.kill()

    def computations(self) -> float:
        """Forward passes of all workers."""
        page = Visitor(self.addresses[1]).read("/metrics")
        found = re.findall(r"^layerscope_worker_computations_total{.*} (\S+)$", page, re.MULTILINE)
        return sum(map(float, found))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    port = free_port()
    own = {"PORT": str(port), "STUDIES": str(folder / "studies"), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "dashboard.serving.cluster", "--device", "cpu"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **own}, stdout=log, stderr=log, text=True
        )
        addresses = (f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}")
        try:
            for address in addresses:
                wait_for(address)
                Visitor(address).wait()
            yield Cluster(process, addresses, folder / "log")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def test_equal_requests_at_two_web_processes_are_one_forward_pass(cluster: Cluster) -> None:
    before, text = cluster.computations(), "Two people look at one text at the same time."
    people = [threading.Thread(target=visitor.look, args=(text,)) for visitor in cluster.visitors()]
    for person in people:
        person.start()
    for person in people:
        person.join(timeout=120)
    until(lambda: cluster.computations() > before)
    time.sleep(1.5)  # until the next heartbeat
    assert cluster.computations() == before + 1


def test_operators_see_both_workers_and_no_password_is_logged(cluster: Cluster) -> None:
    page = Visitor(cluster.addresses[0]).read("/workers")
    assert page.count("builtin (cpu)") >= 1 and page.count("s ago") == 2
    password = cluster.broker().partition("://:")[2].partition("@")[0]
    assert len(password) > 20 and password not in cluster.log.read_text()


def test_requests_of_a_worker_that_hangs_are_answered_by_the_other(cluster: Cluster) -> None:
    visitor, _ = cluster.visitors()
    worker = cluster.worker()
    worker.suspend()
    try:
        for number in range(4):  # each goes to the one or the other
            assert visitor.look(f"Text {number} beside a worker that hangs.").seconds < 30
    finally:
        worker.resume()


def test_a_model_that_nobody_offers_is_refused_with_the_names_of_those_there_are(
    cluster: Cluster,
) -> None:
    visitor = Visitor(cluster.addresses[0])
    visitor.open("nobody/has-this")
    with pytest.raises(Refused, match="There are: builtin"):
        visitor.look("A text.")


def test_a_study_outlives_its_web_process_and_one_of_its_workers(cluster: Cluster) -> None:
    _, other = cluster.visitors()
    remote = RemoteBackend(Broker(cluster.broker()))
    options: Any = {"n_permutations": 1, "random_model": False, "ask_for_truth": False}
    job = remote.start_study(StudyRequest("builtin", "places", size=50, **options))
    until(lambda: remote.watch(job).state is JobState.RUNNING, seconds=60)
    cluster.kill_web()
    cluster.worker().kill()  # it runs the study, or computes a part of it
    start = time.monotonic()
    other.look("The capital of Peru is")
    assert time.monotonic() - start < 30
    until(lambda: other.has_finished(job), seconds=180)
    until(lambda: remote.watch(job).is_over)
    assert remote.watch(job).state is JobState.DONE and remote.study(job).card.n > 0
    question = QuestionRequest("builtin", "What is the capital of Peru?")
    assert remote.generate(question).token_texts
    wait_for(cluster.addresses[0])  # another took its place
    restarted, _ = cluster.visitors()
    restarted.look_at_study(job)
