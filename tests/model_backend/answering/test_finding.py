"""Exact answers come from the pattern, the file, the model or the rule, in this order."""

import re

import pytest

from model_backend.answering.exact_answers import BUILTIN_PATTERN
from model_backend.answering.finding import ExactAnswerFinder, Found, Unread, make_extractor
from model_backend.answering.model_extractor import ModelExtractor
from model_backend.answering.worked_examples import WorkedExample
from model_backend.api.door import ModelCard
from model_backend.api.questions import FoundBy
from model_backend.models.loaded import LoadedModel
from tests.model_backend.answering.word_model import word_model
from tests.model_backend.tiny_models import ENCODERS, tiny_model

EXAMPLES = (WorkedExample("w3 w4", "w1 w2", "w4"),)
QUESTION = "w10 w11"


@pytest.fixture(scope="module")
def extractor() -> ModelExtractor:
    return ModelExtractor(word_model("llama"), EXAMPLES)


def found(answer: Unread, finder: ExactAnswerFinder) -> tuple[str | None, FoundBy]:
    """The exact answer as text, and the method."""
    [each] = finder.find([answer])
    return text_of(answer, each), each.by


def text_of(answer: Unread, each: Found) -> str | None:
    return None if each.span is None else answer.answer[each.span.start : each.span.end]


def test_a_pattern_comes_before_all_others(extractor: ModelExtractor) -> None:
    finder = ExactAnswerFinder(extractor, BUILTIN_PATTERN)
    assert found(Unread("q", "It is in Rome.", given="It"), finder) == ("Rome", FoundBy.PATTERN)
    assert found(Unread("q", "nowhere"), finder) == (None, FoundBy.PATTERN)


def test_what_the_file_gives_comes_before_the_model(extractor: ModelExtractor) -> None:
    finder = ExactAnswerFinder(extractor)
    assert found(Unread("q", " w12 w13, w14.", given="w13"), finder) == ("w13", FoundBy.FILE)


@pytest.mark.parametrize(
    ("answer", "given", "start"), [("15 or 5", "5", 6), ("because US", "US", 8), ("a A", "A", 2)]
)
def test_a_given_exact_answer_is_whole_words(answer: str, given: str, start: int) -> None:
    [each] = ExactAnswerFinder().find([Unread("q", answer, given=given)])
    assert each.span is not None and each.span.start == start


def test_a_given_exact_answer_that_is_not_there_leaves_it_to_the_next_method() -> None:
    answer = Unread("Where?", "It is in Rome.", given="Paris")
    assert found(answer, ExactAnswerFinder()) == ("Rome", FoundBy.RULE)


def test_the_model_comes_before_the_rule(extractor: ModelExtractor) -> None:
    text, by = found(Unread(QUESTION, " w12 w13, w14. w15"), ExactAnswerFinder(extractor))
    assert by is FoundBy.MODEL and text is not None and text in " w12 w13, w14"


def test_the_model_reads_the_first_sentence_or_the_whole_answer(
    extractor: ModelExtractor,
) -> None:
    answers = [Unread(QUESTION, f" w{n}. W{n + 1} w{n + 2}.") for n in range(20, 50)]
    whole = [Unread(each.question, each.answer, is_read_whole=True) for each in answers]
    finder = ExactAnswerFinder(extractor)
    first = {
        text_of(a, each) == a.answer[1:4]
        for a, each in zip(answers, finder.find(answers), strict=True)
    }
    assert first == {True}
    assert any(each.span is not None and each.span.start > 4 for each in finder.find(whole))


@pytest.mark.parametrize(
    "answer", ["I don't know.", "I'm sorry, but I cannot answer that.", "As an AI, I cannot say."]
)
def test_in_a_refusal_nothing_is_found(extractor: ModelExtractor, answer: str) -> None:
    assert found(Unread(QUESTION, answer), ExactAnswerFinder(extractor))[0] is None


def test_where_the_model_cannot_read_the_rule_does() -> None:
    small = ModelExtractor(word_model("llama", max_tokens=20), EXAMPLES)
    answer = Unread("Where is it?", "It is in Rome.")
    assert found(answer, ExactAnswerFinder(small)) == ("Rome", FoundBy.RULE)


def test_encoders_and_the_built_in_model_never_read() -> None:
    encoder = LoadedModel(ModelCard("tiny"), tiny_model(ENCODERS[0]), None, None, "")
    assert make_extractor(encoder, EXAMPLES) is None
    llama = word_model("llama")
    builtin = LoadedModel(ModelCard("builtin"), llama.model, llama.tokenizer, object(), "")
    assert make_extractor(builtin, EXAMPLES) is None


def test_answers_of_all_kinds_are_found_together(extractor: ModelExtractor) -> None:
    answers = [
        Unread(QUESTION, "I don't know."),
        Unread(QUESTION, " w12 w13", given="w12"),
        Unread(QUESTION, " w14 w15"),
        Unread(QUESTION, ""),
    ]
    by = [each.by for each in ExactAnswerFinder(extractor).find(answers)]
    assert by == [FoundBy.RULE, FoundBy.FILE, FoundBy.MODEL, FoundBy.RULE]


def test_the_right_answer_is_nothing_that_a_finder_is_given() -> None:
    assert not re.search("right|gold|correct", " ".join(Unread.__dataclass_fields__))
