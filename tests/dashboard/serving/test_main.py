"""What is ready before the first visitor comes."""

from pathlib import Path

import pytest
from dash import Dash

from dashboard.serving.main import compose
from dashboard.serving.options import read_options


def test_style_sheets_are_found_before_anybody_comes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    read: list[Dash] = []
    walk = Dash._walk_assets_directory

    def walk_and_tell(app: Dash) -> None:
        read.append(app)
        walk(app)

    monkeypatch.setattr(Dash, "_walk_assets_directory", walk_and_tell)
    monkeypatch.setattr("sys.argv", ["app.py", "--model", "builtin", "--studies", str(tmp_path)])
    server = compose(read_options())
    assert len(read) == 1, "a page that is asked for meanwhile would have no style sheets"
    page = server.test_client().get("/").get_data(as_text=True)
    assert "style.css" in page
    assert "map.css" in page
