"""A study labels an answer by its text, as Ask does, and keeps the reason."""

from dataclasses import replace
from pathlib import Path

import pytest

from model_backend import LocalBackend, QuestionRequest, StudyRequest, Upload, Verdict
from model_backend.answering.finding import ExactAnswerFinder
from model_backend.answering.judging.rules import LabelRules
from model_backend.api.datasets import DatasetQuestion, LabelScope
from model_backend.probing.data.dataset import read_upload
from model_backend.probing.data.label_rules import describe_mapping, describe_rules
from model_backend.probing.storage.plan import make_plan, read_plan, write_plan
from model_backend.probing.studies.answers.asking import CANNOT_TELL, AskedQuestion, ask_batch
from tests.model_backend.probing.answering import open_namer, save_namer

PROMPTS = [f"who is w{n} w{(7 * n) % 40}" for n in range(12)]


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    folder = tmp_path_factory.mktemp("namer")
    return open_namer(save_namer(folder / "model"), folder / "studies")


def ask(
    backend: LocalBackend, questions: list[DatasetQuestion], rules: LabelRules | None = None
) -> list[AskedQuestion]:
    return ask_batch(
        backend._pool.take("namer"),
        questions,
        max_new_tokens=3,
        finder=ExactAnswerFinder(),
        after_token=lambda: None,
        rules=rules or LabelRules(),
    )


def answers(backend: LocalBackend) -> list[str]:
    return [each.answer for each in ask(backend, [DatasetQuestion(text, "x") for text in PROMPTS])]


def test_ask_and_a_study_agree_about_every_answer(backend: LocalBackend) -> None:
    said = answers(backend)
    rights = [answer.split()[n % 3] if n % 4 else "Nobody" for n, answer in enumerate(said)]
    questions = [DatasetQuestion(*pair) for pair in zip(PROMPTS, rights, strict=True)]
    asked = ask(backend, questions)
    assert {each.verdict for each in asked} >= {Verdict.WRONG, Verdict.CANNOT_TELL}
    for each in asked:
        question = each.question
        answer = backend.answer(
            QuestionRequest(
                "namer",
                question.question,
                right_answers=(question.answer,),
                answer_ids=each.token_ids[each.n_prompt :],
            )
        )
        assert answer.judgement is not None
        assert (answer.judgement.verdict, answer.judgement.why) == (each.verdict, each.why)
        assert answer.judgement.right_spans == each.right_spans
        assert (each.dropped == CANNOT_TELL) == (each.verdict is Verdict.CANNOT_TELL)


def test_labels_follow_the_rules_and_the_wrong_answers_of_the_data_set(
    backend: LocalBackend,
) -> None:
    name = answers(backend)[0].strip()
    first = DatasetQuestion(PROMPTS[0], name)
    assert ask(backend, [first])[0].verdict is Verdict.RIGHT
    other = DatasetQuestion(PROMPTS[0], "Nobody", wrong_answers=("Nowhere",))
    assert ask(backend, [other])[0].verdict is Verdict.CANNOT_TELL
    wrong = DatasetQuestion(PROMPTS[0], "Nobody", wrong_answers=(name,))
    assert ask(backend, [wrong])[0].verdict is Verdict.WRONG
    closed = LabelRules(closed=("Nobody", "Nowhere"))
    assert ask(backend, [DatasetQuestion(PROMPTS[0], "Nobody")], closed)[0].dropped == CANNOT_TELL


def test_a_plan_keeps_how_answers_are_labelled_and_how_the_file_was_read(tmp_path: Path) -> None:
    rows = "".join(f"Text {n}.,Is it {n}?,{('yes', 'no')[n % 2]}\n" for n in range(60))
    dataset = read_upload(Upload("a.csv", f"sentence,q_instruct,answer\n{rows}".encode()))
    plan = make_plan("one", StudyRequest("namer", "any", size=50), dataset)
    write_plan(tmp_path, plan)
    again = read_plan(tmp_path)
    assert again == plan and again.mapping is not None
    assert again.request.max_new_tokens == again.mapping.longest_answer == 64
    whole = replace(dataset.preview.mapping, scope=LabelScope.WHOLE_ANSWER)
    other = replace(dataset, preview=replace(dataset.preview, mapping=whole))
    assert make_plan("two", StudyRequest("namer", "any"), other).request.max_new_tokens == 256
    limited = StudyRequest("namer", "any", max_new_tokens=9)
    assert make_plan("three", limited, other).request.max_new_tokens == 9
    assert describe_rules(again.rules) == "one of no, yes, anywhere in the answer"
    assert describe_mapping(again.mapping) == "question: {sentence} {q_instruct}; answer: answer"
