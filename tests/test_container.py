"""The image holds what the server needs, though no engine builds it here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")

SERVE = """
from dashboard.factory import create_app
from model_backend import LocalBackend
import app
page = create_app(LocalBackend()).server.test_client()
assert page.get("/").status_code == 200
assert page.get("/assets/style.css").status_code == 200
backend = LocalBackend(device="cpu")
backend.vocabulary("builtin")
print(backend.models()[0].state)
"""


def copied() -> list[tuple[str, str]]:
    """Files copied into the image, and their destinations."""
    lines = re.findall(r"^COPY (.+) (\S+)$", DOCKERFILE, re.MULTILINE)
    return [(source, target) for sources, target in lines for source in sources.split()]


@pytest.mark.slow
def test_what_the_image_copies_is_enough_to_load_a_model_and_show_the_page(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns("__pycache__")
    for source, target in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target, ignore=ignored)
        else:
            shutil.copy(ROOT / source, tmp_path / target)
    command = [sys.executable, "-c", SERVE]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert answer.stdout.strip() == "ready", answer.stderr


def test_everything_that_is_kept_lies_in_the_volume() -> None:
    kept = dict(re.findall(r"(HF_HOME|CACHE_URL|STUDIES)=(\S+)", DOCKERFILE))
    assert sorted(kept) == ["CACHE_URL", "HF_HOME", "STUDIES"]
    assert "VOLUME /data" in DOCKERFILE
    assert all(path.startswith("/data/") for path in kept.values())


def test_the_image_and_make_install_the_same_versions() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "COPY requirements.txt requirements.lock ./" in DOCKERFILE
    assert "-r requirements.txt -c requirements.lock" in DOCKERFILE
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert f"\t$(PIP) -r {name} -c requirements.lock\n" in makefile
