# ruff: noqa: E501
"""The data files of a published study can be asked as they are.

Each text below has the header and a few rows of a file of github.com/technion-cs-nlp/LLMsKnow
(Orgad et al. 2024, MIT licence).
"""

import pytest

from model_backend.answering.judging.verdicts import judge
from model_backend.api.datasets import DatasetQuestion, LabelScope, Upload
from model_backend.api.questions import Verdict
from model_backend.probing.data.dataset import Dataset, read_upload

MOVIES = """Question,Answer
Who acted as Stephen in the movie 'Pulse 2: Afterlife'?,Jamie Bamber
Who acted as Guadelupe Aragón in the movie 'A Walk in the Clouds'?,Evangelina Elizondo
Who acted as Sherry Clarke in the movie 'White Noise 2: The Light'?,Katee Sackhoff
"""
MATH = """id,question,answer,answerable,category,relevant_ids,source
2001,There were 148 peanuts in a jar. Brock ate one-fourth of the peanuts and Bonita ate 29 peanuts. How many peanuts remain in the jar?,[82.0],True,,,GSM8K
2317,"Aaron, Henry's brother, is 15 years old. Henry's sister is three times as old as Aaron. Henry is four times as old as his sister. What's the combined age of the siblings?",[240.0],True,,,GSM8K
"""
WINOBIAS = """type,stereotype,pronoun,sentence,answer,incorrect_answer,q,q_instruct
1,pro,she,The janitor reprimanded the accountant because she made a mistake filing paperwork.,accountant,janitor,The pronoun 'she' refers to the,Who does the pronoun 'she' refer to?
1,pro,he,The janitor reprimanded the accountant because he got less allowance.,janitor,accountant,The pronoun 'he' refers to the,Who does the pronoun 'he' refer to?
"""
WINOGRANDE = """Question,Answer,Wrong_Answer
"Sarah was better at squats than Mary, so _ worried a lot about their weight. Who does the blank refer to in the sentence?",Mary,Sarah
"On the hike, Brett rested on the trail, while Nick conquered the mountain, because _ was exhausted. Who does the blank refer to in the sentence?",Brett,Nick
"""
MNLI = """Question,Answer,Origin
"For the statement, ""more of a football powerhouse up there i guess"", does the hypothesis ""I suppose he is more of a football powerhouse there"" represent entailment, contradiction, or neutrality?",entailment,mnli
"For the statement, ""Since the rules were issued as interim rules and not as general notices of proposed rulemaking, they are not subject to the Unfunded Mandates Reform Act of 1995"", does the hypothesis ""The rules were  not issued as interim rules but rather general notices of proposed rulemaking"" represent entailment, contradiction, or neutrality?",contradiction,mnli
"""


def read(content: str) -> Dataset:
    return read_upload(Upload("published.csv", content.encode()))


def label(dataset: Dataset, number: int, answer: str) -> Verdict:
    one: DatasetQuestion = dataset.questions[number]
    judgement = judge(
        one.question,
        answer,
        (one.answer, *one.aliases),
        wrong_answers=one.wrong_answers,
        rules=dataset.rules,
    )
    assert judgement is not None
    return judgement.verdict


def test_movies_are_questions_with_names() -> None:
    movies = read(MOVIES)
    assert [one.answer for one in movies.questions] == [
        "Jamie Bamber", "Evangelina Elizondo", "Katee Sackhoff",
    ]  # fmt: skip
    assert label(movies, 0, "Stephen was played by Jamie Bamber.") is Verdict.RIGHT
    assert label(movies, 0, "Stephen was played by Bamber.") is Verdict.CANNOT_TELL
    assert label(movies, 0, "It was Katee Sackhoff.") is Verdict.WRONG


def test_arithmetic_is_read_for_its_result() -> None:
    math = read(MATH)
    assert math.preview.mapping.scope == LabelScope.WHOLE_ANSWER
    assert any("whole answer" in notice for notice in math.preview.problems)
    assert math.questions[0].answer == "82.0"
    worked = "Brock ate 148 / 4 = 37 peanuts. That leaves 148 - 37 - 29 = 82 peanuts."
    assert label(math, 0, worked) is Verdict.RIGHT
    assert label(math, 0, worked.replace("82", "83")) is Verdict.WRONG
    assert label(math, 0, "There are 82 at first. At the end 111 remain.") is Verdict.CANNOT_TELL


def test_a_question_of_two_columns_is_known_with_its_wrong_answer() -> None:
    winobias = read(WINOBIAS)
    mapping = winobias.preview.mapping
    assert (mapping.template, mapping.wrong_answers) == (
        "{sentence} {q_instruct}", "incorrect_answer",
    )  # fmt: skip
    assert winobias.questions[1] == DatasetQuestion(
        "The janitor reprimanded the accountant because he got less allowance. Who does the "
        "pronoun 'he' refer to?",
        "janitor",
        wrong_answers=("accountant",),
        row=1,
    )
    assert label(winobias, 1, "'He' refers to the janitor.") is Verdict.RIGHT
    assert label(winobias, 1, "'He' refers to the accountant.") is Verdict.WRONG
    assert label(winobias, 1, "'He' refers to someone.") is Verdict.CANNOT_TELL


def test_a_rows_own_two_answers_are_read_wherever_they_stand() -> None:
    winogrande = read(WINOGRANDE)
    assert winogrande.questions[0].wrong_answers == ("Sarah",)
    assert label(winogrande, 0, "Let us think. The blank refers to Mary.") is Verdict.RIGHT
    assert label(winogrande, 0, "The blank refers to Sarah.") is Verdict.WRONG
    assert label(winogrande, 0, "It refers to Sarah. Or it refers to Mary.") is Verdict.CANNOT_TELL


def test_inference_has_a_closed_set_of_answers() -> None:
    mnli = read(MNLI + MNLI.partition("\n")[2].replace("football", "baseball").replace(
        ",entailment,", ",neutral,").replace("rules", "laws"))  # fmt: skip
    assert mnli.rules.closed == ("contradiction", "entailment", "neutral")
    answer = "The statement is vague. So the hypothesis represents neutrality."
    assert label(mnli, 2, answer) is Verdict.RIGHT
    assert label(mnli, 0, answer) is Verdict.WRONG
    assert label(mnli, 0, "The hypothesis is entailed by it.") is Verdict.RIGHT


@pytest.mark.parametrize("content", [MOVIES, MATH, WINOBIAS, WINOGRANDE, MNLI])
def test_every_row_of_a_published_file_is_a_question(content: str) -> None:
    found = read(content)
    assert found.preview.n_rows == found.preview.n_usable == len(found.questions)
    assert all(one.question.endswith("?") for one in found.questions)
