"""A file may bring answers, exact answers and labels, in any combination."""

import json

import pytest

from model_backend.api.datasets import NO_ROW, ColumnMapping, Upload
from model_backend.probing.data.dataset import Dataset, read_upload
from model_backend.probing.data.label_rules import describe_answers, describe_labels

N = 60


def read(header: str, *rows: str, **roles: str) -> Dataset:
    mapping = ColumnMapping(**roles) if roles else None
    content = "\n".join((header, *rows)).encode()
    return read_upload(Upload("brought.csv", content, mapping))


def rows(end: str = "") -> list[str]:
    return [f"Where is city {n}?,Land {n % 7}{end.format(n=n)}" for n in range(N)]


def test_answers_exact_answers_and_labels_are_known_by_their_columns() -> None:
    header = "question,answer,model_answer,exact_answer,correct"
    found = read(header, *rows(",It is in Land {n}.,Land {n},1"))
    mapping = found.preview.mapping
    brought = (mapping.model_answer, mapping.exact_answer, mapping.correct)
    assert brought == ("model_answer", "exact_answer", "correct")
    one = found.questions[3]
    assert (one.model_answer, one.exact_answer, one.correct) == ("It is in Land 3.", "Land 3", True)
    assert describe_answers(mapping, 64).startswith("read from the column 'model_answer'")
    assert describe_labels(found.rules, mapping) == "given in the column 'correct' of the file"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("1", "0"), ("true", "False"), ("YES", "no"), ("Right", "wrong"), ("1.0", "0.0")],
)
def test_a_label_may_be_written_in_several_ways(right: str, wrong: str) -> None:
    found = read("question,correct", *(f"q {n},{(wrong, right)[n % 2]}" for n in range(N)))
    assert [one.correct for one in found.questions] == [n % 2 == 1 for n in range(N)]
    assert found.preview.dataset and found.questions[0].answer == ""


def test_another_label_is_refused_with_its_line() -> None:
    found = read("question,correct", "a,1", "b,maybe")
    assert found.preview.problems[0].startswith("Line 3 has 'maybe' as 'correct'; it must be 1")


def test_rows_without_a_label_or_an_answer_are_counted_and_left_out() -> None:
    header = "question,answer,model_answer,correct"
    found = read(header, *rows(",Said {n}.,1"), "a,b,said,", "c,d,,0", "e,f,,", "g,,h,")
    preview = found.preview
    assert (preview.n_rows, preview.n_usable, preview.n_empty) == (64, 60, 4)
    assert [text for text in preview.problems if "left out" in text] == [
        "2 rows are left out, without a label in the column 'correct': the first in line 62.",
        "2 rows are left out, without an answer in the column 'model_answer': the first in "
        "line 63.",
    ]


def test_answers_to_one_question_are_no_duplicates_and_never_part() -> None:
    header = "question,answer,model_answer"
    found = read(header, *rows(",A {n}."), "Where is city 0?,Land 0,B.", "Where is city 0?,x,B.")
    assert (found.preview.n_usable, found.preview.n_duplicates) == (61, 1)
    assert found.questions[0].group == found.questions[60].group == "Where is city 0?"
    assert found.questions[1].group == "" and found.preview.n_groups == 60


def test_the_table_of_answers_of_a_study_is_a_file_with_answers() -> None:
    header = "question,answer,exact_answer,right_answer,is_right,group"
    found = read(header, *(f"q {n},It is {n}.,{n},{n + n % 2},{not n % 2},g" for n in range(N)))
    one = found.questions[1]
    assert (one.answer, one.model_answer, one.correct) == ("2", "It is 1.", False)


def test_the_page_is_told_what_end_tokens_and_probabilities_mean() -> None:
    said = " ".join(read("question,answer,model_answer", *rows(",A {n}.")).preview.problems)
    assert "The token with which the model ends its own answers is put after each" in said
    assert "If another model wrote the answers" in said and "not how sure it was" in said
    alone = " ".join(read("question,correct", *(f"q {n},1" for n in range(N))).preview.problems)
    assert "given to the answers that the model generates" in alone
    assert "The token with which" not in alone


def test_ids_of_files_without_these_columns_stay_and_others_have_their_own() -> None:
    plain = read("question,answer", *rows())
    assert plain.preview.dataset == "06df822b39d0b3fe187422ad8178a4a1"
    ids = {plain.preview.dataset}
    for column in ("model_answer", "exact_answer", "correct"):
        ids.add(read(f"question,answer,{column}", *rows(",1")).preview.dataset)
    assert len(ids) == 4


def test_rows_are_numbered_as_in_a_data_frame() -> None:
    found = read("question,answer", ",", *rows()[:2], "", "Where is city 0?,x", *rows()[2:])
    assert [one.row for one in found.questions[:4]] == [1, 2, 4, 5]
    lines = [json.dumps({"question": f"q {n}", "answer": n}) for n in range(3)]
    jsonl = "\n\n".join(["{}", *lines])
    asked = read_upload(Upload("a.jsonl", jsonl.encode())).questions
    assert [one.row for one in asked] == [1, 2, 3] and NO_ROW == -1
