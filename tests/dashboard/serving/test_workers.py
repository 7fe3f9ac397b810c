"""A web process without torch, and the options of a worker."""

import json
import subprocess
import sys

import pytest

from dashboard.serving.options import read_worker_options
from tests.browser.serving import ROOT

BLOCKED = ("torch", "transformers", "tokenizers", "peft", "accelerate", "gguf", "huggingface_hub")


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
