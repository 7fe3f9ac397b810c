"""The numbers of the map on screen as a table."""

import pytest
from playwright.sync_api import Page, expect

from model_backend import amount
from tests.browser.exploring import WAIT, open_view

CELL = ".ag-center-cols-container [row-index='{line}'] [col-id='column{column}']"


@pytest.fixture()
def table(explore: Page) -> Page:
    open_view(explore)
    explore.locator("#explore-show").get_by_text("table").click()
    expect(explore.locator(CELL.format(line=0, column=0))).to_be_visible(timeout=WAIT)
    return explore


def of_map(page: Page, column: int) -> list[float]:
    """The values of one token as the map has them, from the last layer down."""
    found: list[float] = page.evaluate(
        "column => { const map = layerscope.maps.explore; return map.meta.layers.map("
        "(_, row) => layerscope.describe(map, row, column).value).reverse() }",
        column,
    )
    return found


def of_table(page: Page, column: int) -> list[str]:
    """The texts that are seen in one token's column of the table, from its top."""
    cells = page.locator(f".ag-center-cols-container [col-id='column{column}']").all()
    lines = {int(cell.locator("..").get_attribute("row-index") or -1): cell for cell in cells}
    return [lines[line].inner_text() for line in sorted(lines)]


def test_the_table_is_the_map_in_numbers_and_in_the_type_of_the_page(table: Page) -> None:
    for column in (0, 3):
        seen = of_table(table, column)
        assert len(seen) > 5
        written = [amount(value, "probability") for value in of_map(table, column)]
        assert seen == written[: len(seen)]
    head = table.locator(".ag-header-cell[col-id='column3']")
    expect(head).to_contain_text(table.evaluate("layerscope.maps.explore.meta.tokens[3]"))
    of_page, of_cell = (
        table.locator(part).first.evaluate("element => getComputedStyle(element).fontFamily")
        for part in ("body", CELL.format(line=0, column=0))
    )
    assert of_cell == of_page


def test_a_click_on_a_token_sorts_the_layers_by_their_value_there(table: Page) -> None:
    values = of_map(table, 3)
    head = table.locator(".ag-header-cell[col-id='column3']")
    for order, ordered in (("ascending", sorted(values)), ("descending", sorted(values)[::-1])):
        head.click()
        expect(head).to_have_attribute("aria-sort", order)
        layer = table.locator(".ag-pinned-left-cols-container [row-index='0'] [col-id='layer']")
        labels = table.evaluate("[...layerscope.maps.explore.meta.layers].reverse()")
        expect(layer).to_have_text(labels[values.index(ordered[0])])
        seen = of_table(table, 3)
        assert seen == [amount(value, "probability") for value in ordered[: len(seen)]]
