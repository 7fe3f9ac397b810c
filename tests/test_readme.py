"""README and docs/architecture.md are true: their code runs, their options and folders exist."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest

from model_backend import LocalBackend, ProbeStudy
from tests.model_backend.probing.conftest import backend, model, questions, study

__all__ = ["backend", "model", "questions", "study"]  # fixtures

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
MOST_README_LINES = 200
MOST_GLOSSARY_ROWS = 40
FOLDERS = ("assets", "benchmarks", "dashboard", "model_backend")


def block(heading: str, language: str, page: str = README) -> str:
    """The first block of code in that language under a heading."""
    return blocks(heading, language, page)[0]


def blocks(heading: str, language: str, page: str = README) -> list[str]:
    """All of them, in their order."""
    section = page.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return [part.split("```")[0] for part in section.split(f"```{language}\n")[1:]]


def tree() -> Iterator[Path]:
    """Every path of the tree, read by its indentation."""
    parents: list[str] = []
    for line in block("Folders", "", ARCHITECTURE).splitlines():
        indent = len(line) - len(line.lstrip())
        name = line.split()[0]
        parents = [*parents[: indent // 2], name]
        yield Path(*parents)


def test_the_notebook_code_runs_and_prints_what_it_says(capsys: pytest.CaptureFixture) -> None:
    code = block("In a notebook", "python")
    *body, last = code.strip().splitlines()
    names: dict[str, Any] = {}
    exec("\n".join(body), names)
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == re.findall(r"print\(.*\)  # (.*)", code)
    assert all(re.fullmatch(r"\d+% '.+'", line) for line in printed[2:])
    assert len(printed) == 5
    assert isinstance(eval(last, names), go.Figure)
    imported, shown = blocks("In a notebook", "python")[1].strip().splitlines()
    exec(imported, names)
    assert eval(shown, names)._repr_html_().startswith("<iframe")


@pytest.mark.slow
def test_the_notebook_code_opens_a_study(
    study: ProbeStudy, backend: LocalBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = blocks("In a notebook", "python")[3]
    content = b"".join(backend.export_study(study.card.study))
    (tmp_path / "study.zip").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(code, names)
    assert len(names["x"]) == len(names["scores"]) == study.card.n


def test_every_option_of_help_is_in_the_settings_table_and_no_other() -> None:
    command = [sys.executable, "app.py", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True).stdout
    options = set(re.findall(r"^ +(?:-h, )?(--[\w-]+)", shown, re.MULTILINE)) - {"--help"}
    assert options
    assert set(re.findall(r"^\| `(--[\w-]+)`", README, re.MULTILINE)) == options


def test_the_tree_has_a_line_for_every_folder_of_code_and_no_other() -> None:
    listed = set(tree())
    assert not {str(path) for path in listed if not (ROOT / path).exists()}
    code = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.*")]
    there = {file.relative_to(ROOT).parent for file in code if file.suffix in (".py", ".js")}
    assert there - listed == set(), "give each a line in docs/architecture.md"


def test_every_line_of_the_tree_says_what_the_folder_is_for() -> None:
    lines = block("Folders", "", ARCHITECTURE).splitlines()
    assert not [line for line in lines if len(line.split()) < 3]


def test_the_pages_stay_short_enough_to_read() -> None:
    assert len(README.splitlines()) <= MOST_README_LINES
    words = ARCHITECTURE.split("\n## Words\n")[1]
    assert words.count("\n|") - 2 <= MOST_GLOSSARY_ROWS


def test_links_and_pictures_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    local = [target for target in targets if not target.startswith("https://")]
    assert local
    assert not [target for target in local if not (ROOT / target).exists()]
