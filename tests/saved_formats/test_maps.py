"""Every saved map opens in Python and in the page with all of its numbers."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.saved_formats.conftest import SAVED, read_saved
from tests.saved_formats.today.maps import bring_map, measures_written, open_map, table

MAPS: dict[str, Any] = read_saved("maps.json")
EVERY = {(name, at): grid for name in MAPS for at, grid in enumerate(MAPS[name]["grids"])}


def content(name: str) -> bytes:
    return (SAVED / "maps" / name).read_bytes()


def close(found: float | None, expected: float | None) -> bool:
    if expected is None:
        return found is None or found != found
    return found == pytest.approx(expected, rel=1e-5)


def test_every_saved_map_is_tested() -> None:
    assert sorted(MAPS) == sorted(path.name for path in (SAVED / "maps").iterdir())


@pytest.mark.parametrize("name", MAPS)
def test_a_map_has_its_provenance_and_measures(name: str) -> None:
    opened = open_map(content(name))
    assert opened.told() == MAPS[name]["told"]
    assert sorted(map(str, opened.held())) == sorted(str(tuple(one)) for one in MAPS[name]["held"])


@pytest.mark.parametrize(("name", "at"), EVERY)
def test_every_measure_has_its_numbers_in_python(name: str, at: int) -> None:
    grid, opened = EVERY[name, at], open_map(content(name))
    cells = opened.cells(grid["measure"], grid["site"])
    assert opened.unit(grid["measure"]) == grid["unit"]
    assert [cell for cell, value in grid["cells"].items() if not close(cells[cell], value)] == []


@pytest.mark.parametrize(("name", "at"), EVERY)
def test_every_measure_has_its_numbers_in_the_page(client: FlaskClient, name: str, at: int) -> None:
    grid = EVERY[name, at]
    request = bring_map(client, content(name))
    look = {"measure": grid["measure"], "site": grid["site"]}
    cells = table(client, "explore", request, look)
    assert [cell for cell, value in grid["cells"].items() if not close(cells[cell], value)] == []


@pytest.mark.parametrize("name", [name for name in MAPS if name.endswith("json")])
def test_a_map_written_today_has_the_same_names_and_numbers(name: str) -> None:
    saved = content(name)
    for kind in ("json", "npz"):
        again = open_map(open_map(saved).written_again(kind))
        assert again.told() == MAPS[name]["told"]
        for measure, site in again.held():
            now, before = (one.cells(measure, site) for one in (again, open_map(saved)))
            assert all(close(now[cell], None if v != v else v) for cell, v in before.items())
    assert measures_written(open_map(saved).written_again("json")) == measures_written(saved)
