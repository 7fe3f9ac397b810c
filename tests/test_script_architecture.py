"""The arrows between the scripts point one way, and what may change under them is fenced in."""

import re
from itertools import groupby
from pathlib import Path

from dashboard.web.scripts import ASSETS, bundle, read_module

ROOT = Path(__file__).parent.parent
SCRIPTS = sorted(ASSETS.rglob("*.js"))
FLOORS = ("base", "map", "words", "cell", "page", "links", "views", "share")
"""The folders of assets/, each of which imports only from itself and from those before it."""

ENTRIES = ("main.js", "notebook.js")
"""Scripts above all folders: what starts the page, and what shows a map without a server."""

INTERNALS = {
    "base/dash_internals.js": (
        r"dash_clientside|dash_component_api|callback_context|_dash-|\.React\b"
    ),
    "base/plotly_internals.js": (
        r"_fullLayout|\._length|\._offset|\bp2c\b|\bd2p\b|nsewdrag|js-plotly-plot|\bPlotly\.\w"
    ),
}
"""The one script for each library that may hold what is not promised by that library."""


def name_of(script: Path) -> str:
    return script.relative_to(ASSETS).as_posix()


def code_of(script: Path) -> str:
    """A script without its comments."""
    text = script.read_text(encoding="utf-8")
    return re.sub(r"/\*.*?\*/|(?<=[\s;,{(])//.*?$", "", text, flags=re.DOTALL | re.MULTILINE)


def floor_of(script: Path) -> int:
    folder = script.relative_to(ASSETS).parts[0]
    return len(FLOORS) if folder in ENTRIES else FLOORS.index(folder)


def test_no_script_imports_from_a_floor_above() -> None:
    above = {
        (name_of(script), name_of(path))
        for script in SCRIPTS
        for path, _ in read_module(script).imports
        if floor_of(path) > floor_of(script)
    }
    assert above == set()


def test_no_scripts_import_each_other_in_a_circle() -> None:
    for script in SCRIPTS:
        bundle(script)  # says which, if there is one


def test_every_script_is_used() -> None:
    imported = {path for script in SCRIPTS for path, _ in read_module(script).imports}
    unused = {name_of(script) for script in set(SCRIPTS) - imported}
    assert unused == {*ENTRIES, "map/types.js"}


def test_only_one_script_each_knows_the_insides_of_dash_and_plotly() -> None:
    found = {
        (name_of(script), word)
        for script in SCRIPTS
        for fence, pattern in INTERNALS.items()
        for word in re.findall(pattern, code_of(script))
        if fence != name_of(script)
    }
    assert found == set()


def test_the_fences_are_where_they_are_said_to_be() -> None:
    for fence, pattern in INTERNALS.items():
        assert len(re.findall(pattern, code_of(ASSETS / fence))) > 5


def test_only_an_entry_acts_when_it_is_loaded() -> None:
    acts = re.compile(
        r"^(?:new |on\(|onPage\(|set\w*\(|start\w*\(|document\.|window\.)", re.MULTILINE
    )
    assert [name_of(script) for script in SCRIPTS if acts.search(code_of(script))] == ["main.js"]


def test_dash_finds_every_function_that_a_callback_names_and_no_other_is_published() -> None:
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "dashboard").rglob("*.py")]
    named = re.findall(r'ClientsideFunction\(\s*"layerscope",\s*"(\w+)"', "".join(sources))
    [listed] = re.findall(r"publishCallbacks\(\{(.*?)\}\)", code_of(ASSETS / "main.js"), re.DOTALL)
    assert set(re.split(r",\s*", listed.strip())) == set(named)


def test_a_script_is_short_enough_to_read() -> None:
    lines = {name_of(one): one.read_text(encoding="utf-8").splitlines() for one in SCRIPTS}
    assert [name for name, of in lines.items() if len(of) > 250] == []
    assert [name for name, of in lines.items() if any(len(line) > 120 for line in of)] == []


def test_no_folder_is_crowded() -> None:
    sizes = {
        folder: len(list(files)) for folder, files in groupby(SCRIPTS, lambda path: path.parent)
    }
    assert not {folder.name: size for folder, size in sizes.items() if size > 15}
