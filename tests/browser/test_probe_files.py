"""Probe: a file says how its questions and answers are read, with its first row in view."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.exploring import WAIT
from tests.browser.test_probe import upload, wait_for_auc_map

ROWS = "".join(f"Text {n}.,Who?,Really?,ada;eve {n},bob\n" for n in range(60))
CONTENT = f"sentence,q_instruct,more,answer,incorrect_answer\n{ROWS}".encode()


@pytest.fixture()
def probe(page: Page, server: str, console: list[str]) -> Iterator[Page]:
    page.goto(f"{server}/#probe/published/TriviaQA")
    wait_for_auc_map(page, "published/TriviaQA")
    yield page


def choose(page: Page, field: str, option: str) -> None:
    page.locator(f"#study-{field}").click()
    page.get_by_role("option", name=option, exact=True).click()


def test_a_question_of_several_columns_is_typed_and_its_first_row_is_shown(probe: Page) -> None:
    upload(probe, "pairs.csv", CONTENT)
    first, template = probe.locator("#study-first-question"), probe.locator("#study-template")
    expect(first).to_contain_text("Text 0. Who?", timeout=WAIT)
    expect(template).to_have_value("{sentence} {q_instruct}")
    expect(probe.locator("#study-column-wrong_answers")).to_have_value("incorrect_answer")
    expect(first).to_contain_text("Right: ada;eve 0. Wrong: bob")
    expect(probe.locator("#study-preview")).to_contain_text("Most rows have ';'")
    choose(probe, "separator", ";")
    expect(first).to_contain_text("Right: ada or eve 0", timeout=WAIT)
    template.fill("{sentence} {more}")
    expect(first).to_contain_text("Text 0. Really?", timeout=WAIT)
    expect(first).to_contain_text("Right: ada or eve 0")  # what was chosen stays chosen
    expect(probe.locator("#study-preview")).to_contain_text("60 questions")


def test_a_column_that_is_not_there_is_refused_and_stays_typed(probe: Page) -> None:
    upload(probe, "pairs.csv", CONTENT)
    template = probe.locator("#study-template")
    expect(template).to_have_value("{sentence} {q_instruct}", timeout=WAIT)
    template.fill("{sentence} {nothing}")
    refused = probe.locator("#study-refused")
    expect(refused).to_contain_text("The question names {nothing}", timeout=WAIT)
    expect(template).to_have_value("{sentence} {nothing}")
    template.fill("{sentence}")
    expect(probe.locator("#study-first-question")).to_contain_text("Text 0.", timeout=WAIT)
    expect(refused).not_to_contain_text("names")


def test_labels_may_go_by_the_whole_answer(probe: Page) -> None:
    rows = "".join(f"q {n}?,a {n}\n" for n in range(60))
    upload(probe, "plain.csv", f"question,answer\n{rows}".encode())
    expect(probe.locator("#study-scope")).to_have_value("first sentence", timeout=WAIT)
    choose(probe, "scope", "whole answer")
    said = probe.locator("#study-preview")
    expect(said).to_contain_text("The whole answer is read", timeout=WAIT)
