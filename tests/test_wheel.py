"""The wheel holds the whole program: installed elsewhere, it serves the page and draws a map."""

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from benchmarks.visitor import Visitor
from model_backend.archives.file_format import VERSION
from model_backend.probing.storage.example_studies import FOLDER
from tests.browser.serving import ROOT, free_port, wait_for

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
ASSETS = sorted(
    path.relative_to(ROOT / "assets").as_posix()
    for path in (ROOT / "assets").rglob("*")
    if path.is_file()
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built without the network, by the pinned packages that are installed."""
    folder = tmp_path_factory.mktemp("wheel")
    build = (*PIP, "wheel", "-q", "--no-index", "--no-deps", "--no-build-isolation")
    subprocess.run((*build, "-w", folder, ROOT), check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages and the command, beside those that are installed already."""
    folder = tmp_path_factory.mktemp("installed")
    install = (*PIP, "install", "-q", "--no-index", "--no-deps", "--target", folder, wheel)
    subprocess.run(install, check=True)
    return folder


def environment(installed: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(installed), "HF_HUB_OFFLINE": "1", **more}


@contextmanager
def served(installed: Path, elsewhere: Path) -> Iterator[str]:
    """The address of ``layerscope``, started in a folder that has nothing of the project."""
    port = free_port()
    command = [str(installed / "bin" / "layerscope"), "--port", str(port)]
    own = environment(installed, STUDIES=str(elsewhere / "studies"))
    process = subprocess.Popen(command, cwd=elsewhere, env=own)
    try:
        wait_for(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_the_wheel_holds_the_two_packages_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert tops == {"dashboard", "model_backend", f"layerscope-{VERSION}.dist-info"}
    assert not [name for name in names if name.endswith(".pyc")]
    packaged = [name for name in names if name.startswith("dashboard/assets/")]
    assert sorted(name.removeprefix("dashboard/assets/") for name in packaged) == ASSETS
    examples = [path.relative_to(ROOT).as_posix() for path in FOLDER.glob("*/*")]
    assert len(examples) >= 6 and set(examples) <= set(names)


def test_the_wheel_has_the_version_and_the_pins_of_the_project(installed: Path) -> None:
    (found,) = distributions(name="layerscope", path=[str(installed)])
    pins = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line]
    assert found.version == VERSION
    assert set(map(Requirement, found.requires or ())) == set(map(Requirement, pins))


def test_the_command_and_the_script_have_the_same_options(installed: Path, tmp_path: Path) -> None:
    def shown(*command: str, cwd: Path) -> str:
        run = subprocess.run(
            (*command, "--help"),
            cwd=cwd,
            env=environment(installed),
            capture_output=True,
            text=True,
            check=True,
        )
        return run.stdout[run.stdout.index("options:") :]

    command = shown(str(installed / "bin" / "layerscope"), cwd=tmp_path)
    assert "--url-prefix" in command
    assert command == shown(sys.executable, "app.py", cwd=ROOT)


def test_the_installed_command_serves_every_asset_and_draws_a_map(
    installed: Path, tmp_path: Path
) -> None:
    with served(installed, tmp_path) as address:
        visitor = Visitor(address)
        visitor.wait()
        visitor.open("builtin")
        assert visitor.look("The capital of France is Paris.").seconds > 0
        named = re.findall(r'(?:src|href)="(/assets/[^"?]+)', visitor.read("/"))
        assert {path.rsplit(".", 1)[1] for path in named} >= {"css"}
        for path in {*named, *(f"/assets/{name}" for name in ASSETS)}:
            file = installed / "dashboard" / path.lstrip("/")
            assert visitor.read(path) == file.read_text(encoding="utf-8"), path
