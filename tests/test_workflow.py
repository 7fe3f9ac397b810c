"""The workflow that tests every push uses what there is: targets of make, Pythons of the lock."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.locking import PYTHONS

ROOT = Path(__file__).parent.parent
JOBS: dict[str, Any] = yaml.safe_load(
    (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
)["jobs"]


@pytest.mark.parametrize("job", JOBS)
def test_every_command_is_a_target_of_make(job: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    commands = [step["run"] for step in JOBS[job]["steps"] if "run" in step]
    assert commands
    assert all(re.fullmatch(r"make \w+ PYTHON=python", command) for command in commands)
    assert {command.split()[1] for command in commands} <= targets


def test_it_tests_the_systems_and_pythons_that_the_lock_is_for() -> None:
    matrix = JOBS["fast"]["strategy"]["matrix"]
    assert tuple(matrix["python"]) == PYTHONS
    assert matrix["system"] == ["ubuntu-latest", "macos-latest"]


def test_the_hooks_before_a_commit_run_programs_of_the_virtual_environment() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (repo,) = config["repos"]
    programs = {hook["entry"].split()[0] for hook in repo["hooks"]}
    assert repo["repo"] == "local"
    assert programs == {".venv/bin/ruff", ".venv/bin/codespell", "git"}
