"""An answer of a study that is clicked is asked again in Ask: the very answer, judged as it was."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from model_backend import DatasetQuestion, LocalBackend, ProbeStudy, StudyRequest, Verdict
from model_backend.answering.exact_answers import BUILTIN_PATTERN, find_exact_answer
from model_backend.answering.finding import ExactAnswerFinder
from model_backend.probing.storage.study_files import write_study
from model_backend.probing.studies.answers.asking import ask_batch
from model_backend.probing.studies.answers.examples import make_examples
from tests.browser.exploring import WAIT, slow_down, wait_for_drawn
from tests.browser.serving import serving
from tests.model_backend.fake_study_service import make_study
from tests.model_backend.probing.storage.test_zip_exchange import rows_of

TOKENS = 7
QUESTIONS = (
    DatasetQuestion("Where is Munich?", "Deutschland", ("Federal Republic", "Germany")),
    DatasetQuestion("What is 478 plus 356?", "834"),
    DatasetQuestion("What is the continent of South Africa?", "Africa"),
)
"""Right by an alias; cut off by the study's longest answer; found by the study's rule alone."""


@pytest.fixture(scope="module")
def study() -> ProbeStudy:
    """A study of these questions as the built-in model answers them."""
    asked = ask_batch(
        LocalBackend()._pool.take("builtin"),
        QUESTIONS,
        max_new_tokens=TOKENS,
        finder=ExactAnswerFinder(pattern=BUILTIN_PATTERN),
        after_token=lambda: None,
    )
    made = make_study("answers", n=len(asked))
    examples = make_examples(asked, made.examples.baselines)
    request = StudyRequest("builtin", "countries", max_new_tokens=TOKENS)
    unused = replace(made.dropped[0], question="What is 12 times 12?", answer="It is 144.")
    card = replace(made.card, dropped={unused.reason: 1})
    return replace(made, card=card, request=request, examples=examples, dropped=(unused,))


@pytest.fixture(scope="module")
def brought(study: ProbeStudy) -> ProbeStudy:
    """A study of an answer that came in a file."""
    asked = ask_batch(
        LocalBackend()._pool.take("builtin"),
        [replace(question, model_answer="It is in Peru.") for question in QUESTIONS],
        max_new_tokens=TOKENS,
        finder=ExactAnswerFinder(pattern=BUILTIN_PATTERN),
        after_token=lambda: None,
    )
    examples = make_examples(asked, study.examples.baselines)
    card = replace(study.card, study="brought", answers_given=True)
    return replace(study, card=card, examples=examples)


@pytest.fixture(scope="module")
def address(
    study: ProbeStudy, brought: ProbeStudy, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("studies")
    for name, each in (("answers", study), ("brought", brought)):
        write_study(folder / name, each, rows_of(each))
    with serving("--studies", str(folder)) as address:
        yield address


@pytest.fixture()
def probe(page: Page, address: str, console: list[str]) -> Iterator[Page]:
    page.goto(f"{address}/#probe/study/answers/resid_post")
    yield page


def click_example(page: Page, question: str, table: str = "study-examples") -> None:
    if "#probe" not in page.url:
        page.evaluate("() => { location.hash = '#probe/study/answers/resid_post'; }")
    page.locator(f"#{table} .ag-row", has_text=question).first.click(timeout=WAIT)
    asked = page.locator("#view-ask").get_by_label("Question", exact=True)
    expect(asked).to_have_value(question, timeout=WAIT)


def test_the_questions_need_what_the_study_knows(study: ProbeStudy) -> None:
    examples = study.examples
    assert examples.is_correct.tolist() == [True, False, True]
    assert not any("Deutschland" in answer for answer in examples.answer)
    assert len(np.unique(examples.indices[1][-8:])) == TOKENS + 1  # and one that is missing
    assert find_exact_answer(QUESTIONS[2].question, examples.answer[2]) is None


def test_a_click_on_an_example_gives_the_same_answer_and_the_same_verdict(
    probe: Page, study: ProbeStudy
) -> None:
    ask, examples = probe.locator("#view-ask"), study.examples
    for n, question in enumerate(QUESTIONS):
        click_example(probe, question.question)
        verdict = Verdict.RIGHT if examples.is_correct[n] else Verdict.WRONG
        said = probe.locator("#ask-verdict")
        expect(said.locator(".chip")).to_have_text(
            f"{'✓✗'[verdict is Verdict.WRONG]} {verdict}", timeout=WAIT
        )
        expect(said.locator("code")).to_have_text(examples.exact_answer[n])
        expect(ask.get_by_label("Right answer")).to_have_value(question.answer)
        for alias in question.aliases:
            expect(probe.locator("#view-ask .right-answer")).to_contain_text(alias)
        tokens = probe.locator("#ask-stream .part.is-answer .token").all_text_contents()
        assert "".join(tokens).replace("·", " ").strip() == examples.answer[n].strip()
        expect(probe.locator("#ask-length")).to_have_value(str(TOKENS))
        wait_for_drawn(probe, "ask")


def test_an_answer_that_was_not_used_is_looked_at_and_asked_again(probe: Page) -> None:
    unused = probe.locator("#study-unused")
    expect(unused.locator("summary")).to_have_text("1 answer was not used", timeout=WAIT)
    unused.locator("summary").click()
    expect(unused.locator(".ag-row")).to_contain_text("no exact answer was found")
    click_example(probe, "What is 12 times 12?", "study-dropped")
    expect(probe.locator("#ask-verdict")).to_contain_text("none is marked", timeout=WAIT)
    wait_for_drawn(probe, "ask")


def test_an_answer_that_a_file_brought_is_read_and_stays_in_the_address(
    page: Page, address: str, console: list[str]
) -> None:
    page.goto(f"{address}/#probe/study/brought/resid_post")
    click_example(page, QUESTIONS[0].question)
    for _ in range(2):
        answer = page.locator("#ask-stream .part.is-answer")
        expect(answer).to_contain_text("Peru", timeout=WAIT)
        expect(page.locator("#ask-progress")).to_contain_text("nothing was generated")
        expect(page.locator("#ask-verdict .chip")).to_have_text("✗ wrong")
        wait_for_drawn(page, "ask")
        page.wait_for_url("**/#ask/*", timeout=WAIT)
        slow_down(page, 300)  # so that an example which is asked first would show
        page.reload()
