"""Uploaded files are previewed, and each problem gets a sentence with its line."""

import json

import pytest

from model_backend.api.datasets import ColumnMapping, DatasetPreview, LabelScope, Upload
from model_backend.grids.numbers import percent
from model_backend.models.catalogue import BUILTIN_FOLDER
from model_backend.probing.data.builtin_sets import builtin_datasets
from model_backend.probing.data.dataset import read_upload, usable

ROWS = [f"Where is city {number}?,Country {number % 7}" for number in range(60)]


def preview(content: str | bytes, name: str = "mine.csv", **roles: str) -> DatasetPreview:
    data = content if isinstance(content, bytes) else content.encode()
    mapping = ColumnMapping(**roles) if roles else None
    return read_upload(Upload(name, data, mapping)).preview


def csv_of(*rows: str, header: str = "question,answer") -> str:
    return "\n".join([header, *rows]) + "\n"


def problem(content: str | bytes, name: str = "mine.csv", **roles: str) -> str:
    found = preview(content, name, **roles)
    assert found.dataset == ""
    assert len(found.problems) >= 1
    return found.problems[0]


def test_the_built_in_sets_are_complete() -> None:
    counts = {each.preview.name: each.preview.n_usable for each in builtin_datasets()}
    assert counts == {"places": 2500, "countries": 700, "sums": 2000}
    scopes = {each.preview.name: each.preview.mapping.scope for each in builtin_datasets()}
    assert scopes.pop("sums") == LabelScope.WHOLE_ANSWER
    assert set(scopes.values()) == {LabelScope.FIRST_SENTENCE}
    limits = [each.preview.mapping.longest_answer for each in builtin_datasets()]
    assert limits == [64, 64, 256]
    enfield = builtin_datasets()[0].questions[0]
    assert (enfield.answer, enfield.aliases) == ("United Kingdom", ("UK", "Britain"))


def test_a_built_in_set_names_its_source_and_the_models_accuracy() -> None:
    about = {each.preview.name: each.preview.about for each in builtin_datasets()}
    measured = json.loads((BUILTIN_FOLDER / "evaluation.json").read_text(encoding="utf-8"))
    assert "GeoNames" in about["places"] and "GeoNames" in about["countries"]
    for name, said in about.items():
        assert f"It gets {percent(measured[name]['right'])} right" in said


def test_duplicate_and_empty_rows_are_counted_and_listed_with_their_line() -> None:
    found = preview(csv_of(*ROWS, "", "where is  CITY 3?,Elsewhere", "Nothing?,"))
    assert (found.n_rows, found.n_usable, found.n_duplicates, found.n_empty) == (62, 60, 1, 1)
    assert any("line 64" in text for text in found.problems)
    assert any("line 63" in text for text in found.problems)
    assert found.dataset


def test_jsonl_and_csv_of_the_same_questions_are_the_same_data_set() -> None:
    lines = [dict(zip(("question", "answer"), row.split(","), strict=True)) for row in ROWS]
    as_json = "\n".join(map(json.dumps, lines))
    assert preview(as_json, "mine.jsonl").dataset == preview(csv_of(*ROWS)).dataset


@pytest.mark.parametrize(("delimiter", "name"), [(";", "semicolon"), ("\t", "tab")])
def test_columns_may_be_separated_by_semicolons_or_tabs(delimiter: str, name: str) -> None:
    rows = [row.replace(",", delimiter) for row in ROWS]
    content = "\n".join([f"question{delimiter}answer", *rows, f'"Where, here?"{delimiter}A'])
    assert preview(content).n_usable == 61
    [said] = preview(f"{content}{delimiter}more").problems
    assert f"Put quotes around a field that holds a {name}." in said


def test_columns_are_guessed_by_name_and_can_be_chosen() -> None:
    content = csv_of(*(f"{row},c{n}" for n, row in enumerate(ROWS)), header="Prompt,Gold,Topic")
    guessed = preview(content)
    assert guessed.mapping == ColumnMapping("Prompt", "Gold", "", "Topic", "")
    assert guessed.n_groups == 60
    said = preview(content, question="Prompt", answer="Topic")
    assert said.first[1].answer == "c1"


def test_aliases_are_separated_by_bars_or_given_as_a_list() -> None:
    in_csv = csv_of(*(f"{row},a|b" for row in ROWS), header="question,answer,aliases")
    assert preview(in_csv).first[0].aliases == ("a", "b")
    line = {"question": "q", "answer": 5, "aliases": ["five", 5.0]}
    assert preview(json.dumps(line), "one.jsonl").first[0].aliases == ("five", "5.0")


def test_a_file_with_splits_gets_a_notice_that_all_are_used() -> None:
    content = csv_of(*(f"{row},train" for row in ROWS), header="question,answer,subset")
    found = preview(content)
    assert found.first[0].split == "train"
    said = "The splits of the column 'subset' are all used together; a study draws its own folds."
    assert found.problems == (said,)
    assert found.dataset and preview(csv_of(*ROWS)).problems == ()


def test_line_ends_and_a_byte_order_mark_are_ignored() -> None:
    plain = preview(csv_of(*ROWS)).dataset
    windows = csv_of(*ROWS).replace("\n", "\r\n").encode("utf-8-sig")
    assert preview(windows).dataset == plain


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        ("", "a.csv", "a.csv is empty"),
        ("question,answer\n", "a.csv", "header in line 1 and no rows"),
        (csv_of("a,b", "a,b,c"), "a.csv", "Line 3 has 3 fields; the header has 2"),
        (csv_of('a,"b'), "a.csv", "Line 2 cannot be read as CSV"),
        (csv_of("a,b", header="what,why"), "a.csv", "No column holds the question"),
        (csv_of("a,b", header="question,question"), "a.csv", "the column 'question' twice"),
        (b"question,answer\nJos\xc3\xa9,b\nJos\xe9,b\n", "a.csv", "Line 3 of a.csv is not UTF-8"),
        ("question,answer\na,b".encode("utf-16"), "a.csv", "is in UTF-16"),
        (b"question,answer\na\0,b\n", "a.csv", "Line 2 of a.csv has a zero byte"),
        ('{"question": "a", "answer": "b"}\n{"question"', "a.jsonl", "Line 2 is not JSON"),
        ("[1, 2]", "a.jsonl", "Line 1 is not a JSON object"),
        ('{"question": {}, "answer": "b"}', "a.jsonl", "Line 1 has an object as 'question'"),
        ('{"a":' * 5000 + "1" + "}" * 5000, "a.jsonl", "Line 1 is not JSON"),
        (csv_of(*ROWS[:5]), "a.csv", "Only 5 questions can be used; a study needs 50"),
        (csv_of(f"a,{'b' * 3000}"), "a.csv", "Line 2 has 3,000 characters as 'answer'"),
        (",".join(f"c{n}" for n in range(200_000)), "a.csv", "Line 1 names 200,000 columns"),
        (
            "\n".join(json.dumps({f"c{row}-{n}": 1 for n in range(150)}) for row in range(1000)),
            "a.jsonl",
            "The lines of a.jsonl have 150,000 different fields; the limit is 200",
        ),
        (b"x" * 10_000_001, "a.csv", "a.csv has 10.0 MB; the limit is 10 MB"),
    ],
)
def test_a_problem_gets_a_sentence_with_the_line(
    content: str | bytes, name: str, said: str
) -> None:
    assert said in problem(content, name)


def test_an_unknown_column_is_refused_with_the_known_ones() -> None:
    said = problem(csv_of(*ROWS), question="Frage", answer="answer")
    assert said == "There is no column 'Frage' for the question; there are: question, answer."


def test_an_unusable_file_is_refused_with_the_reason() -> None:
    with pytest.raises(Exception, match="Only 1 question can"):
        usable(read_upload(Upload("a.csv", b"question,answer\na,b\n")))
