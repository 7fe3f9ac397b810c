"""The arrows between the packages point one way."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import model_backend

ROOT = Path(__file__).parent.parent
DASHBOARD = sorted((ROOT / "dashboard").rglob("*.py"))
BACKEND = sorted((ROOT / "model_backend").rglob("*.py"))


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("file", DASHBOARD, ids=lambda file: file.name)
def test_the_dashboard_enters_the_backend_by_its_front_door(file: Path) -> None:
    names = set(imported(file))
    assert not {name for name in names if name.startswith("model_backend.")}
    assert not {name for name in names if name.split(".")[0] in ("torch", "transformers", "tests")}


@pytest.mark.parametrize("file", BACKEND, ids=lambda file: file.name)
def test_the_backend_knows_nothing_of_the_web(file: Path) -> None:
    web = {"dash", "plotly", "flask", "dash_mantine_components", "dashboard", "app", "tests"}
    assert not {name for name in imported(file) if name.split(".")[0] in web}


SOLVER = sorted((ROOT / "model_backend" / "logistic").glob("*.py"))


@pytest.mark.parametrize("file", SOLVER, ids=lambda file: file.name)
def test_the_solver_needs_numpy_and_nothing_else_of_the_backend(file: Path) -> None:
    needed = {"model_backend.logistic", "numpy", "jaxtyping"}
    names = (name for name in imported(file) if name.split(".")[0] not in sys.stdlib_module_names)
    assert not {name for name in names if not name.startswith(tuple(needed))}


def test_the_front_door_loads_neither_torch_nor_transformers() -> None:
    check = "import model_backend, sys; print({'torch', 'transformers'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, cwd=ROOT)
    assert answer.stdout.strip() == "set()", answer.stderr


def test_the_front_door_offers_what_it_says() -> None:
    door = ast.parse((ROOT / "model_backend" / "__init__.py").read_text(encoding="utf-8"))
    imports = [node for node in door.body if isinstance(node, ast.ImportFrom)]
    assert {alias.name for node in imports for alias in node.names} == set(model_backend.__all__)


def test_app_only_composes() -> None:
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) <= 60
