"""A web process without torch, and the options of a worker."""

import json
import subprocess
import sys
from importlib.metadata import packages_distributions, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dashboard.serving.options import read_worker_options
from tests.browser.serving import ROOT

WEB_REQUIREMENTS = ROOT / "requirements-web.txt"
HEAVY = ("torch", "transformers", "tokenizers", "peft", "accelerate", "gguf", "huggingface-hub")

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


def asked_for(line: str) -> list[str]:
    """The name of a distribution that a requirement asks for here, if its marker holds."""
    wanted = Requirement(line)
    holds = wanted.marker is None or wanted.marker.evaluate({"extra": ""})
    return [canonicalize_name(wanted.name)] if holds else []


def installed_by(lines: list[str]) -> set[str]:
    """Names of all distributions that come with these requirements."""
    found: set[str] = set()
    while lines:
        names = [name for line in lines for name in asked_for(line) if name not in found]
        found.update(names)
        lines = [line for name in names for line in requires(name) or ()]
    return found


def test_a_web_process_needs_its_own_requirements_only_and_says_that_its_broker_is_away() -> None:
    allowed = installed_by(WEB_REQUIREMENTS.read_text(encoding="utf-8").splitlines()[1:])
    assert allowed.isdisjoint(HEAVY)
    blocked = {
        module
        for module, names in packages_distributions().items()
        if allowed.isdisjoint(map(canonicalize_name, names))
    }
    assert {"torch", "transformers"} <= blocked
    run = subprocess.run(
        [sys.executable, "-c", WEB.format(blocked=blocked)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
    )
    assert run.stdout.startswith("200 "), run.stderr
    assert "failed" in json.loads(run.stdout[4:])["error"]


def test_the_requirements_of_a_web_process_are_some_of_all() -> None:
    whole, web = (
        set(path.read_text(encoding="utf-8").splitlines()[1:])
        for path in (ROOT / "requirements.txt", WEB_REQUIREMENTS)
    )
    assert web < whole


def test_a_worker_without_a_broker_says_what_it_needs(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BROKER", raising=False)
    for arguments in ([], ["--broker", ""]):
        with pytest.raises(SystemExit):
            read_worker_options(arguments)
        assert "--broker" in capsys.readouterr().err
