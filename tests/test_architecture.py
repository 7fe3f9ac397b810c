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
MOST_FILES = 18
"""Python files side by side in one folder, ``__init__.py`` included."""


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def all_imported(files: list[Path]) -> set[tuple[str, str]]:
    """Every file's name with each module that it imports."""
    assert len(files) > 5
    return {(str(file.relative_to(ROOT)), name) for file in files for name in imported(file)}


def test_the_dashboard_enters_the_backend_by_its_front_door() -> None:
    names = all_imported(DASHBOARD)
    inner = {(file, name) for file, name in names if name.startswith("model_backend.")}
    assert inner == set()
    heavy = {"torch", "transformers", "tests"}
    assert {(file, name) for file, name in names if name.split(".")[0] in heavy} == set()


def test_the_backend_knows_nothing_of_the_web() -> None:
    web = {"dash", "plotly", "flask", "dash_mantine_components", "dashboard", "app", "tests"}
    found = {(file, name) for file, name in all_imported(BACKEND) if name.split(".")[0] in web}
    assert found == set()


def folder(module: str) -> str:
    """The folder of a module; programs (``__main__``) compose, as app.py does, and stand alone."""
    file = ROOT / (module.replace(".", "/") + ".py")
    if module.endswith("__main__"):
        return module
    return module if not file.exists() else module.rpartition(".")[0]


def folder_imports() -> dict[str, set[str]]:
    """The folders whose modules each folder's modules import, lazy imports included."""
    arrows: dict[str, set[str]] = {}
    for file in (*DASHBOARD, *BACKEND):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for name in imported(file):
            if name.split(".")[0] in ("dashboard", "model_backend"):
                arrows.setdefault(folder(module), set()).add(folder(name))
    return {source: targets - {source} for source, targets in arrows.items()}


def test_no_folders_import_each_other_in_a_circle() -> None:
    remaining = folder_imports()
    while remaining:
        leaves = {source for source, targets in remaining.items() if not targets & remaining.keys()}
        assert leaves, f"these folders import each other in a circle: {sorted(remaining)}"
        remaining = {source: t for source, t in remaining.items() if source not in leaves}


def test_the_ground_floor_imports_nothing_of_the_backend_but_itself() -> None:
    api = [file for file in BACKEND if ROOT / "model_backend" / "api" in file.parents]
    assert len(api) > 5
    for file in api:
        names = {name for name in imported(file) if name.startswith("model_backend")}
        assert all(name.startswith("model_backend.api") for name in names), file.name


def test_no_folder_holds_more_files_than_a_reader_can_take_in() -> None:
    folders = {file.parent for file in (*DASHBOARD, *BACKEND)}
    sizes = {str(one.relative_to(ROOT)): len(list(one.glob("*.py"))) for one in folders}
    assert {name: size for name, size in sizes.items() if size > MOST_FILES} == {}


SOLVER = sorted((ROOT / "model_backend" / "logistic").glob("*.py"))


def test_the_solver_needs_numpy_and_nothing_else_of_the_backend() -> None:
    needed = ("model_backend.logistic", "numpy", "jaxtyping", *sys.stdlib_module_names)
    others = {(file, name) for file, name in all_imported(SOLVER) if not name.startswith(needed)}
    assert others == set()


def test_the_front_door_loads_neither_torch_nor_transformers() -> None:
    check = "import model_backend, sys; print({'torch', 'transformers'} & set(sys.modules))"
    answer = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, cwd=ROOT)
    assert answer.stdout.strip() == "set()", answer.stderr


def test_the_front_door_offers_what_it_says() -> None:
    door = ast.parse((ROOT / "model_backend" / "__init__.py").read_text(encoding="utf-8"))
    imports = [node for node in door.body if isinstance(node, ast.ImportFrom)]
    assert {alias.name for node in imports for alias in node.names} == set(model_backend.__all__)


def test_names_that_notebooks_imported_before_still_lead_to_the_same_things() -> None:
    from dashboard.drawing import figures
    from dashboard.figures import grid_heatmap

    assert grid_heatmap is figures.grid_heatmap
    for former, name in model_backend._FORMER_NAMES.items():
        assert getattr(model_backend, former) is getattr(model_backend, name)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = model_backend.no_such_name


def test_app_only_starts_and_main_only_composes() -> None:
    for file, most in (("app.py", 10), ("dashboard/serving/main.py", 60)):
        assert len((ROOT / file).read_text(encoding="utf-8").splitlines()) <= most
