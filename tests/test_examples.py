"""The notebooks of ``examples/`` run from top to bottom in a kernel, as Jupyter runs them."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parent.parent
FIRST_LOOK = ROOT / "examples" / "first_look.ipynb"
SECONDS = 300


def run(notebook: nbformat.NotebookNode, folder: Path) -> dict[str, list[dict]]:
    """What every code cell shows, by the cell's id.

    Raises:
        CellExecutionError: a cell raised an error.
    """
    place = {"metadata": {"path": str(FIRST_LOOK.parent)}}
    client = NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources=place)
    own = {"PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder), "HF_HUB_OFFLINE": "1"}
    client.execute(env={**os.environ, **own})
    return {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}


def html(outputs: list[dict]) -> str:
    return "".join(output["data"].get("text/html", "") for output in outputs if "data" in output)


def printed(outputs: list[dict]) -> str:
    return "".join(output.get("text", "") for output in outputs)


@pytest.mark.slow
def test_the_first_look_shows_what_it_says(tmp_path: Path) -> None:
    shown = run(nbformat.read(FIRST_LOOK, as_version=4), tmp_path)
    assert printed(shown["load"]).endswith("15 tokens, 14 measures\n")
    assert "<iframe" in html(shown["map"]) and "<iframe" in html(shown["auc"])
    assert printed(shown["cell"]).splitlines()[0].endswith("' Rome'")
    assert printed(shown["reading"]).startswith("How undecided the model would be")
    assert html(shown["pandas"]).count("<tr") == 2 + 17
    assert html(shown["study"]).count("<tr") == 1 + 5
    difference = float(printed(shown["fit"]).split()[-1])
    assert difference <= 1e-3


@pytest.mark.slow
def test_a_cell_that_raises_fails_the_test(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show(1)")])
    with pytest.raises(CellExecutionError, match="NameError"):
        run(notebook, tmp_path)


def test_no_outputs_are_stored() -> None:
    notebook = nbformat.read(FIRST_LOOK, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) > 5
    assert not [cell.id for cell in code if cell.outputs or cell.execution_count]
