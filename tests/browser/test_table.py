"""The numbers of the map on screen as a table."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.exploring import WAIT, open_view

CELL = ".ag-center-cols-container [row-index='{line}'] [col-id='row{row}']"


@pytest.fixture()
def table(explore: Page) -> Page:
    open_view(explore)
    explore.locator("#explore-show").get_by_text("table").click()
    expect(explore.locator(CELL.format(line=0, row=0))).to_be_visible(timeout=WAIT)
    return explore


def of_map(page: Page, row: int) -> list[float]:
    """The values of one layer as the map has them, token by token."""
    found: list[float] = page.evaluate(
        "row => { const map = layerscope.maps.explore; return map.meta.tokens.map("
        "(_, column) => layerscope.describe(map, row, column).value) }",
        row,
    )
    return found


def of_table(page: Page, row: int) -> list[float]:
    """The numbers that are seen in one layer's column of the table, from its top."""
    cells = page.locator(f".ag-center-cols-container [col-id='row{row}']").all()
    lines = {int(cell.locator("..").get_attribute("row-index") or -1): cell for cell in cells}
    return [float(lines[line].inner_text()) for line in sorted(lines)]


def test_the_table_has_the_numbers_of_the_map(table: Page) -> None:
    for row in (0, 3):
        seen = of_table(table, row)
        assert len(seen) > 5
        assert seen == pytest.approx(of_map(table, row)[: len(seen)], rel=1e-4)


def test_a_click_on_a_layer_sorts_the_tokens_by_their_value_there(table: Page) -> None:
    values = of_map(table, 3)
    head = table.locator(".ag-header-cell[col-id='row3']")
    for order, ordered in (("ascending", sorted(values)), ("descending", sorted(values)[::-1])):
        head.click()
        expect(head).to_have_attribute("aria-sort", order)
        first = values.index(ordered[0])
        token = table.locator(".ag-pinned-left-cols-container [row-index='0'] [col-id='position']")
        expect(token).to_have_text(str(first))
        seen = of_table(table, 3)
        assert seen == pytest.approx(ordered[: len(seen)], rel=1e-4)
