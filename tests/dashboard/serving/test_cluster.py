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

import psutil
import pytest

from benchmarks.visitor import Refused, Visitor
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

    def kill_web(self) -> None:
        """Kill the process that serves the first address; its parent starts another."""
        webs = [
            child
            for child in psutil.Process(self.process.pid).children()
            if child.cmdline()[-1] == "dashboard.serving"
        ]
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


def test_a_study_outlives_the_web_process_at_which_it_was_begun(cluster: Cluster) -> None:
    one, other = cluster.visitors()
    study = one.begin_study("builtin", "places", 50)
    cluster.kill_web()
    until(lambda: other.has_finished(study), seconds=240)
    other.look_at_study(study)
    wait_for(cluster.addresses[0])  # another took its place
    restarted, _ = cluster.visitors()
    restarted.look_at_study(study)


def test_operators_see_both_workers_and_no_password_is_logged(cluster: Cluster) -> None:
    page = Visitor(cluster.addresses[0]).read("/workers")
    assert page.count("builtin (cpu)") >= 1 and page.count("s ago") == 2
    if Path("/proc").exists():  # where the processes' variables can be read
        assert _password(cluster) not in cluster.log.read_text()


def test_a_model_that_nobody_offers_is_refused_with_the_names_of_those_there_are(
    cluster: Cluster,
) -> None:
    visitor = Visitor(cluster.addresses[0])
    visitor.open("nobody/has-this")
    with pytest.raises(Refused, match="There are: builtin"):
        visitor.look("A text.")


def _password(cluster: Cluster) -> str:
    """The broker's password, from the variables of a child process."""
    children = Path(f"/proc/{cluster.process.pid}/task/{cluster.process.pid}/children").read_text()
    for child in children.split():
        variables = Path(f"/proc/{child}/environ").read_bytes().decode(errors="replace")
        found = re.search(r"BROKER=redis://:([^@]+)@", variables)
        if found:
            return found[1]
    raise AssertionError("no child has the broker's address")
