"""The panel of an opened cell says what is not known."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dashboard.cell.panel import cell_panel
from dashboard.cell.score import ScorePlace
from model_backend import CellDetail, CellPart, CellRequest
from tests.model_backend.fakes import FakeBackend


@pytest.fixture()
def detail() -> CellDetail:
    return FakeBackend().cell(CellRequest("fake", "one two three", 1, 1))


def panel(detail: CellDetail) -> str:
    return str(cell_panel(detail, ScorePlace({"row": detail.row, "position": detail.position})))


def test_a_path_that_is_not_whole_says_why_and_draws_no_zero(detail: CellDetail) -> None:
    paths = detail.paths.copy()
    paths[2, 0] = np.nan
    broken = replace(detail, paths=paths, absent={CellPart.WHOLE_PATHS: "It is broken."})
    assert "It is broken." in panel(broken) and "[0.1,0.1,null,0.1]" in panel(broken)
    assert "It is broken." not in panel(detail) and "[0.1,0.1,null,0.1]" not in panel(detail)


@pytest.mark.parametrize("unknown", [{"next_token": None}, {"next_token_rank": None}])
def test_what_follows_may_not_be_known_of_a_token_that_is_not_the_last(
    detail: CellDetail, unknown: dict[str, Any]
) -> None:
    said = panel(replace(detail, **unknown))
    assert "that follows is not known here" in said and "last token" not in said
    assert "last token" in panel(replace(detail, position=2))
