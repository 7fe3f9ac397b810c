"""Labels agree with those given by hand, need no exact answer, and come with their reason."""

import time

import pytest

from model_backend.answering.judging.rules import LabelRules
from model_backend.answering.judging.verdicts import judge
from model_backend.api.datasets import LabelScope
from model_backend.api.questions import Judgement, Verdict
from tests.model_backend.answering.judging.cases import (
    CANNOT_TELL,
    NO_ANSWER,
    REAL,
    RIGHT,
    WRITTEN,
    WRONG,
    Case,
)


def label(question: str, answer: str, *right: str, **options) -> Judgement:
    judgement = judge(question, answer, right, **options)
    assert judgement is not None and judgement.why.endswith(".")
    return judgement


@pytest.mark.parametrize("case", REAL, ids=lambda case: case.answer[:40])
def test_an_answer_of_a_real_model_is_labelled_as_by_hand(case: Case) -> None:
    judgement = label(case.question, case.answer, *case.rights)
    assert judgement.verdict is case.label, judgement.why


@pytest.mark.parametrize("case", WRITTEN, ids=lambda case: case.answer[:40])
def test_a_written_answer_is_labelled_as_by_hand(case: Case) -> None:
    judgement = label(case.question, case.answer, *case.rights)
    assert judgement.verdict is case.label, judgement.why


def test_the_spans_of_a_right_answer_are_characters_of_the_unstripped_answer() -> None:
    answer = "  It is Paris (Paris, France)."
    spans = label("Which city?", answer, "Paris").right_spans
    assert [answer[start:end] for start, end in spans] == ["Paris", "Paris"]
    assert spans[0] == (8, 13)
    assert label("Which city?", "Lyon.", "Paris").right_spans == ()
    numbers = "It is twenty-one degrees."
    [(start, end)] = label("How warm is it?", numbers, "21").right_spans
    assert numbers[start:end] == "twenty-one"


def test_a_longer_name_is_wrong_where_another_row_has_it() -> None:
    rules = LabelRules(known=("Sudan", "South Sudan"))
    said = label("Where?", "It is in South Sudan.", "Sudan", rules=rules)
    assert said.verdict is WRONG and "South Sudan" in said.why
    small = label("Where?", "it is in south sudan", "Sudan", rules=rules)
    assert small.verdict is WRONG
    alias = label("Where?", "It is in South Sudan.", "Sudan", "South Sudan", rules=rules)
    assert alias.verdict is RIGHT


def test_a_rival_behind_and_counts_where_another_row_has_it() -> None:
    answer = "Turkey lies in Europe and Asia."
    known = LabelRules(known=("Europe", "Asia", "Africa"))
    assert label("Where?", answer, "Asia", rules=known).verdict is CANNOT_TELL
    assert label("Where?", answer, "Asia").verdict is RIGHT


def test_the_whole_answer_counts_where_the_data_set_says_so() -> None:
    answer = "First, 3 boxes hold 7 apples each. So there are 21 apples."
    assert label("How many?", answer, "21").verdict is WRONG
    whole = LabelRules(scope=LabelScope.WHOLE_ANSWER)
    assert label("How many?", answer, "21", rules=whole).verdict is RIGHT
    assert label("How many?", answer, "7", rules=whole).verdict is CANNOT_TELL
    assert label("How many?", answer, "22", rules=whole).verdict is WRONG


@pytest.mark.parametrize(
    ("answer", "right", "verdict"),
    [
        ("It is 90 plus 12, that is 102.", "102", Verdict.RIGHT),
        ("It is 900 plus 130, that is 1030 plus 2, that is 92.", "1030", Verdict.CANNOT_TELL),
        ("It is 900 plus 130, that is 1030 plus 2, that is 1032.", "1032", Verdict.RIGHT),
        ("It is 0 plus 0 plus 3, that is 0.", "3", Verdict.CANNOT_TELL),
        ("468 + 562 = 1030", "1030", Verdict.RIGHT),
        ("1030 = 468 + 562", "1030", Verdict.RIGHT),
        ("148 - 37 = 111, and 111 - 29 = 82 remain.", "82", Verdict.RIGHT),
        ("148 - 37 = 111, and 111 - 29 = 82 remain.", "111", Verdict.CANNOT_TELL),
        ("The answer is 71, because 60 plus 11 makes 71.", "71", Verdict.RIGHT),
    ],
)
def test_of_several_conclusions_the_last_is_the_result(
    answer: str, right: str, verdict: Verdict
) -> None:
    whole = LabelRules(scope=LabelScope.WHOLE_ANSWER)
    judgement = judge("How much is it?", answer, (right,), rules=whole)
    assert judgement is not None and judgement.verdict is verdict


def test_arithmetic_that_is_cut_off_before_its_result_gets_no_label() -> None:
    whole = LabelRules(scope=LabelScope.WHOLE_ANSWER)
    # Given by SmolLM2-135M-Instruct to a question of the published set Math (MIT).
    answer = (
        "So, 148 peanuts are 1/4 of 148 peanuts.\n\nTo find out how many peanuts are left, we need "
        "to divide 148 peanuts by 1/4. This is a fraction, and we can simplify it by dividing both "
        "the numerator and the"
    )
    assert label("How many peanuts remain?", answer, "82.0", rules=whole).verdict is CANNOT_TELL
    stated = "So, 148 / 4 = 37 are eaten. That leaves 111 peanuts in the"
    assert label("How many peanuts remain?", stated, "82.0", rules=whole).verdict is WRONG
    assert (
        label("How many peanuts remain?", "It is 111 peanuts", "82", rules=whole).verdict is WRONG
    )


NLI = LabelRules(closed=("entailment", "contradiction", "neutral"))
ASKED = 'Does "It rained" represent entailment, contradiction, or neutrality for "It was wet"?'


@pytest.mark.parametrize(
    ("answer", "right", "verdict"),
    [
        ("Neutral", "neutral", RIGHT),
        ("The statement is about rain. The two show neutrality.", "neutral", RIGHT),
        ("It rained, so this entails that it was wet.", "entailment", RIGHT),
        ("This is a contradiction because it was dry.", "entailment", WRONG),
        ("The second contradicts the first.", "contradiction", RIGHT),
        ("It does not contradict it. It is entailed.", "entailment", RIGHT),
        ("It could be entailment or contradiction.", "entailment", CANNOT_TELL),
        ("It is an entailment. It is also a contradiction.", "entailment", CANNOT_TELL),
        ("It is neutral, neither entailment nor contradiction.", "neutral", RIGHT),
        ("The weather was bad that day.", "neutral", CANNOT_TELL),
        ("It represents entailment, contradiction, or neutrality.", "neutral", CANNOT_TELL),
        ("I cannot answer that.", "neutral", NO_ANSWER),
    ],
)
def test_a_closed_set_is_read_anywhere_and_in_any_form(
    answer: str, right: str, verdict: Verdict
) -> None:
    judgement = label(ASKED, answer, right, rules=NLI)
    assert judgement.verdict is verdict, judgement.why


YES = LabelRules(closed=("yes", "no"))


@pytest.mark.parametrize(
    ("answer", "right", "verdict"),
    [
        ("Yes, it is.", "yes", RIGHT),
        ("No- it is not.", "yes", WRONG),
        ("Yes and no.", "yes", CANNOT_TELL),
        ("It knows.", "no", CANNOT_TELL),
    ],
)
def test_yes_and_no_are_whole_words(answer: str, right: str, verdict: Verdict) -> None:
    assert label("Is it?", answer, right, rules=YES).verdict is verdict


JANITOR = (
    "The janitor reprimanded the accountant because she made a mistake. "
    "Who does the pronoun 'she' refer to?"
)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("The pronoun 'she' refers to the accountant.", RIGHT),
        ("The pronoun 'she' refers to the accountant, not the janitor.", RIGHT),
        ("The janitor.", WRONG),
        ("It refers to the janitor who reprimanded the accountant.", WRONG),
        ("It may be the janitor or the accountant.", CANNOT_TELL),
        ("The janitor reprimanded the accountant.", CANNOT_TELL),
        ("She refers to a woman.", CANNOT_TELL),
        ("The pronoun 'she' refers to the accountant's personal assistant.", CANNOT_TELL),
        ("It's the accountant: the janitor's words say so.", RIGHT),
        ("'She' refers to the accountant because she made a mistake.", RIGHT),
    ],
)
def test_a_known_wrong_answer_tells_wrong_from_cannot_tell(answer: str, verdict: Verdict) -> None:
    judgement = label(JANITOR, answer, "accountant", wrong_answers=("janitor",))
    assert judgement.verdict is verdict, judgement.why


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "The recipes that my mom had in her mind wouldn't fit in two books, because the _ were "
            "too many. What does the blank refer to?",
            'It is "The recipes that my mom had in her mind wouldn\'t fit in two books."',
        ),
        (
            "The recipes beat the books because the _ were new.",
            "The recipes beat the books because they were new.",
        ),
    ],
)
def test_a_sentence_copied_from_the_question_asserts_nothing(question: str, answer: str) -> None:
    copied = label(question, answer, "recipes", wrong_answers=("books",))
    assert copied.verdict is CANNOT_TELL, copied.why
    said = f"{answer} It refers to the recipes."
    assert label(question, said, "recipes", wrong_answers=("books",)).verdict is RIGHT


def test_an_alias_is_as_right_as_the_answer() -> None:
    assert label("Where?", "In the USA.", "United States", "USA").verdict is RIGHT
    assert label("Where?", "In the UK.", "United States", "USA").verdict is WRONG


def test_without_a_right_answer_there_is_no_label() -> None:
    assert judge("q", "It is Rome.", ()) is None
    assert judge("q", "It is Rome.", (" ",)) is None


@pytest.mark.parametrize("right", [".*", "R(o|x)me", "[", "\\w+", "(?i)rome", "(a+)+$"])
def test_a_right_answer_that_looks_like_a_pattern_is_text(right: str) -> None:
    assert label("Where?", "In Rome.", right).verdict is not RIGHT


def test_nine_hundred_aliases_are_compared_within_four_seconds() -> None:
    aliases = [f"name {number}" for number in range(900)]
    start = time.thread_time()
    assert label("Who?", "It is name 899.", *aliases).verdict is RIGHT
    assert label("Who?", "It is Rome " * 50, *aliases).verdict is WRONG
    assert time.thread_time() - start < 4


@pytest.mark.parametrize("piece", ["a ", "not ", "1,", "Paris or ", "(", "- a\n", "\u6771", "of "])
def test_a_long_answer_is_labelled_within_four_seconds(piece: str) -> None:
    start = time.thread_time()
    label("Which is it?", piece * 4000, "Paris", rules=LabelRules(scope=LabelScope.WHOLE_ANSWER))
    assert time.thread_time() - start < 4


def test_the_reason_names_the_right_answers() -> None:
    said = label("Where?", "It is Milan.", "Rome", "Roma", "Urbs")
    assert said.why == "The answer does not state “Rome” or any of 2 aliases."
    assert label("Where?", "It is rome.", "Rome").why == "“rome” counts as equal to “Rome”."
    assert label("Where?", "It is Rome.", "Rome").why == "“Rome” is the right answer."
    assert label("Where?", "In Roma.", "Rome", "Roma").why == "“Roma” is one of the right answers."
