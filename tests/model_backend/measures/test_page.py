"""The page on measures is what their rows say, and every row is of a file there."""

from pathlib import Path

from model_backend import measures
from model_backend.api.maps.measures import measure_specs
from model_backend.measures_doc import PAGE, measures_page

FOLDER = Path(measures.__path__[0])


def test_the_page_is_up_to_date() -> None:
    said = "run python -m model_backend.measures_doc"
    assert PAGE.read_text(encoding="utf-8") == measures_page(), said


def test_every_measure_is_in_the_file_that_the_page_names() -> None:
    for spec in measure_specs():
        line = next(line for line in measures_page().splitlines() if f"| {spec.id} " in line)
        file = FOLDER / line.split("`")[-2]
        assert f'"{spec.id}"' in file.read_text(encoding="utf-8")


def test_every_file_has_a_measure_but_that_of_their_inputs() -> None:
    named = {f"{spec.of.__module__.rpartition('.')[2]}.py" for spec in measure_specs()}
    there = {file.name for file in FOLDER.glob("*.py")}
    assert there == named | {"__init__.py", "inputs.py"}
