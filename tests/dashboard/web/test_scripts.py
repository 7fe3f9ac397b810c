"""The script of the page: made of modules, served once a version, in place before Dash starts."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from dash import Dash
from flask.testing import FlaskClient

from dashboard.factory import create_app
from dashboard.web.scripts import ASSETS, ENTRY, bundle, read_module, serve_script
from tests.model_backend.fakes import FakeBackend


def page_of(prefix: str = "/") -> tuple[FlaskClient, str]:
    client = create_app(FakeBackend(), prefix=prefix).server.test_client()
    return client, client.get(prefix).get_data(as_text=True)


def script_in(page: str) -> str:
    return re.findall(r'src="([^"]*_layerscope/scripts/[^"]*)"', page)[0]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.js"
    path.write_text(text, encoding="utf-8")
    return path


DENO = str(Path(sys.executable).parent / "deno")


@pytest.fixture()
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("dashboard.web.scripts.ASSETS", tmp_path)
    return tmp_path


@pytest.mark.parametrize("prefix", ["/", "/tools/lens/"])
def test_the_page_has_the_script_once_before_dash_starts(prefix: str) -> None:
    client, page = page_of(prefix)
    address = script_in(page)
    assert address.startswith(prefix) and page.count("_layerscope/scripts/") == 1
    assert page.index(address) < page.index("new DashRenderer")
    assert client.get(address).get_data(as_text=True) == bundle()


def test_no_module_is_loaded_by_itself_and_style_sheets_are() -> None:
    _, page = page_of()
    assert re.findall(r'assets/[^"?]*\.css', page)
    assert not re.findall(r'assets/[^"?]*\.js', page)


def test_a_version_is_kept_for_ever_and_another_version_is_not_found() -> None:
    client, page = page_of()
    address = script_in(page)
    assert "immutable" in client.get(address).headers["Cache-Control"]
    other = re.sub(r"[0-9a-f]{16}", "0" * 16, address)
    assert client.get(other).status_code == 404


def test_another_script_has_another_address(assets: Path) -> None:
    addresses = []
    for number in (1, 2):
        app = Dash("dashboard")
        serve_script(app, write(assets, "main", f"window.layerscope = {number};\n"))
        addresses += app.config.external_scripts
    assert len(set(addresses)) == 2


def test_what_starts_dash_is_allowed_by_the_policy() -> None:
    app = create_app(FakeBackend())
    answer = app.server.test_client().get("/")
    assert "window.layerscope" in app.renderer
    assert all(hashed in answer.headers["Content-Security-Policy"] for hashed in app.csp_hashes())


def test_modules_keep_their_own_names_and_share_what_they_export(
    assets: Path,
) -> None:
    write(assets, "low", "const own = 1;\nexport const given = () => own;\nexport const two = 2;\n")
    middle = 'import { given as taken,\n  two } from "./low.js";\n'
    write(
        assets,
        "middle",
        middle + "const own = 10;\nexport function sum() { return own + taken() + two; }\n",
    )
    entry = write(assets, "top", 'import { sum } from "./middle.js";\nconsole.log(sum());\n')
    run = subprocess.run([DENO, "run", "-"], input=bundle(entry), capture_output=True, text=True)
    assert run.stdout == "13\n", run.stderr


def test_a_circle_of_modules_is_refused_and_named(assets: Path) -> None:
    write(assets, "one", 'import { b } from "./two.js";\nexport const a = 1;\n')
    entry = write(assets, "two", 'import { a } from "./one.js";\nexport const b = 2;\n')
    with pytest.raises(ValueError, match=r"two\.js -> one\.js -> two\.js"):
        bundle(entry)


@pytest.mark.parametrize(
    "line",
    [
        "export default 1;",
        "export let a = 1;",
        'import * as all from "./x.js";',
        'import "./x.js";',
        'export { a } from "./x.js";',
    ],
)
def test_a_form_that_cannot_be_bundled_is_refused(assets: Path, line: str) -> None:
    with pytest.raises(ValueError, match="not a form"):
        read_module(write(assets, "odd", f"{line}\n"))


def test_the_script_may_be_written_into_a_page() -> None:
    assert "</script" not in bundle() and "<!--" not in bundle()
    assert "</script" in "".join(path.read_text("utf-8") for path in ASSETS.rglob("*.js"))


def test_a_map_alone_needs_neither_views_nor_links() -> None:
    names = set(
        re.findall(r"^const _(\w+?)_\w+ = \(\(\) => \{$", bundle(ASSETS / "map/draw.js"), re.M)
    )
    assert names == {"base", "map"}


def test_the_whole_script_is_whole() -> None:
    text = bundle(ENTRY)
    files = {path.relative_to(ASSETS).with_suffix("").as_posix() for path in ASSETS.rglob("*.js")}
    there = {name for name in files if f"const _{name.replace('/', '_')} = " in text}
    assert files - there == {"map/types", "notebook", "page/frame"}
