"""Files of spreadsheets and of programs are read as they were meant, and errors fit."""

import json

import pytest

from model_backend.api.datasets import ColumnMapping, DatasetPreview, LabelScope, Upload
from model_backend.probing.data.dataset import Dataset, read_upload
from model_backend.probing.data.json_rows import read_list


def read(content: str, name: str = "a.csv", **roles: str) -> Dataset:
    mapping = ColumnMapping(**roles) if roles else None
    return read_upload(Upload(name, content.encode(), mapping))


def preview(content: str, name: str = "a.csv", **roles: str) -> DatasetPreview:
    return read(content, name, **roles).preview


def jsonl(*rows: dict[str, object]) -> str:
    return "\n".join(map(json.dumps, rows))


@pytest.mark.parametrize(
    "content",
    [
        'question;answer;"notes, if any, or none, at all"\nWho?;Ada;\n',
        '"question, in full";answer\nWho?;Ada\n',
        "\n\nquestion,answer\nWho?,Ada\n",
        ";;\nquestion;answer\nWho?;Ada\n",
        "sep=;\nquestion;answer\nWho?;Ada\n",
        '"sep=;"\r\n\r\nquestion;answer\r\nWho?;Ada\r\n',
        "sep=|\nquestion|answer\nWho?|Ada\n",
        "question;answer;;\nWho?;Ada;;\n",
        ";question;answer\n;Who?;Ada\n",
        "sep=;\rquestion;answer\rWho?;Ada\r",
        "\u200bquestion ,\ufeffanswer\u00a0\nWho?,Ada\n",
    ],
)
def test_delimiter_and_header_are_found(content: str) -> None:
    column = "question, in full" if "in full" in content else "question"
    [one] = read(content, question=column, answer="answer").questions
    assert (one.question, one.answer) == ("Who?", "Ada")


def test_an_unnamed_column_is_left_out_only_where_it_is_empty() -> None:
    assert preview("question,answer,,\nWho?,Ada,,\n").columns == ("question", "answer")
    assert preview(",question,answer\n7,Who?,Ada\n").columns == ("column 1", "question", "answer")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("question,answer\nWho?\n", "Line 2 has 1 field; the header has 2. An empty field needs"),
        ("question,answer\nWho?,Ada,b\n", "Line 2 has 3 fields; the header has 2. Put quotes"),
        ("\nquestion,answer\nWho?,Ada,b\n", "Line 3 has 3 fields"),
        ('q,answer\n"a\nb",c\n"Who?,Ada\n' + "x,y\n" * 60, "Line 4 cannot be read as CSV: a quote"),
        ('question,answer\n"Who" is?,Ada\n', "Line 2 cannot be read as CSV: a quote closes in"),
        ("sep=;\nquestion;question\n", "Line 2 names the column 'question' twice"),
        ("\nquestion,answer\n", "a.csv has a header in line 2 and no rows"),
        ("what,why\na,b\n", "No column holds the question. Choose one of: what, why. Or write"),
    ],
)
def test_advice_fits_and_names_the_line_where_the_row_begins(content: str, said: str) -> None:
    assert preview(content).problems[0].startswith(said)


def test_numbers_of_a_json_file_stay_as_they_are_written() -> None:
    numbers = ("1.10", "123456789012345678901234567890", "18446744073709551616", "-0.50", "1e5")
    for number in numbers:
        line = f'{{"question": {number}, "answer": {number}, "aliases": [{number}, "x"]}}'
        [one] = read(line, "a.jsonl").questions
        assert (one.question, one.answer, one.aliases) == (number, number, (number, "x"))


def test_what_is_no_json_is_refused_still() -> None:
    for value in ("NaN", "1.", "01", "Infinity", '"\\ud800"'):
        said = preview(f'{{"question": "q", "answer": {value}}}', "a.jsonl").problems[0]
        assert said.startswith("Line 1 is not JSON")


def test_a_list_of_answers_is_one_of_right_answers() -> None:
    [one] = read(jsonl({"question": "q", "answer": ["Rome", "Roma", 5]}), "a.jsonl").questions
    assert (one.answer, one.aliases) == ("Rome", ("Roma", "5"))
    csv = (
        'question,answer\nq,"[""Rome"", ""Roma""]"\nr,[21.0]\ns,"[\'Ada\', \'Lovelace\']"\nt,[x]\n'
    )
    found = [(one.answer, one.aliases) for one in read(csv).questions]
    assert found == [("Rome", ("Roma",)), ("21.0", ()), ("Ada", ("Lovelace",)), ("[x]", ())]


@pytest.mark.parametrize(
    "text", ["[", "]", "[1", "[__import__('os')]", "[" * 5000 + "]" * 5000, "{}"]
)
def test_what_is_no_list_is_a_text(text: str) -> None:
    assert read_list(text) is None


def test_a_list_with_something_else_than_texts_is_refused_with_the_line() -> None:
    rows = jsonl({"question": "q", "answer": "a"}, {"question": "r", "answer": [["b"]]})
    assert preview(rows, "a.jsonl").problems == (
        "Line 2 has answers as 'answer' that are not texts.",
    )


ALIASES = "question,answer,aliases\n" + "".join(f"q{n},a{n},b;c{n}\n" for n in range(60))


def test_answers_are_split_by_the_separator_that_is_chosen() -> None:
    plain = read(ALIASES)
    assert plain.questions[0].aliases == ("b;c0",)
    assert any("Most rows have ';'" in notice for notice in plain.preview.problems)
    split = read(ALIASES, aliases="aliases", separator=";")
    assert split.questions[0].aliases == ("b", "c0")
    assert not any("Most rows" in notice for notice in split.preview.problems)
    bars = "question,answer\nq,Rome | Roma\n"
    assert read(bars).questions[0].answer == "Rome | Roma"
    [one] = read(bars, separator="|").questions
    assert (one.answer, one.aliases) == ("Rome", ("Roma",))


def test_wrong_answers_are_kept_and_make_another_data_set() -> None:
    rows = "".join(f"q{n},a{n},b{n}|c\n" for n in range(60))
    with_wrong = read(f"question,answer,Wrong_Answer\n{rows}")
    assert with_wrong.questions[7].wrong_answers == ("b7", "c")
    without = read(f"question,answer,Wrong_Answer\n{rows}", wrong_answers="")
    assert without.questions[7].wrong_answers == ()
    assert with_wrong.preview.dataset != without.preview.dataset


def test_a_question_is_made_of_several_columns() -> None:
    content = "a,b,answer\n" + "".join(f"Text {n}.,Is it {n}?,no\n" for n in range(60))
    found = read(content, template="{a} {b}")
    assert found.questions[3].question == "Text 3. Is it 3?"
    assert found.preview.first[0].question == "Text 0. Is it 0?"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{a} {c}", "The question names {c}; the columns are: a, b, answer."),
        ("a b", "The question 'a b' names no column. Write columns in braces, such as {a}"),
    ],
)
def test_a_template_without_its_columns_is_refused(template: str, said: str) -> None:
    assert preview("a,b,answer\n1,2,3\n", template=template).problems[0].startswith(said)


def test_a_template_does_not_fill_in_what_a_cell_says() -> None:
    [one] = read("a,b,answer\n{b},2,3\n", template="{a}{b}").questions
    assert one.question == "{b}2"


def test_the_scope_of_labels_makes_another_data_set() -> None:
    content = "question,answer\n" + "".join(f"q{n},a{n}\n" for n in range(60))
    first = read(content)
    whole = read(content, scope=LabelScope.WHOLE_ANSWER)
    assert first.rules.scope == LabelScope.FIRST_SENTENCE
    assert whole.rules.scope == LabelScope.WHOLE_ANSWER
    assert first.preview.dataset != whole.preview.dataset


def test_a_closed_set_has_at_most_twelve_answers_and_no_number() -> None:
    def closed(answers: list[str]) -> tuple[str, ...]:
        rows = "".join(f"q{n},{answers[n % len(answers)]}\n" for n in range(60))
        return read(f"question,answer\n{rows}").rules.closed

    letters = [f"answer {letter}" for letter in "abcdefghijklm"]
    assert closed(["yes", "No", "Yes", "no"]) == ("No", "yes")
    assert len(closed(letters[:12])) == 12 and closed(letters) == ()
    assert closed(["yes", "7"]) == () and closed(["only"]) == ()


def test_lines_of_json_end_at_line_breaks_alone_of_any_system() -> None:
    rows = [{"question": f"q{n}\u2028\x85", "answer": "x"} for n in range(3)]
    for end in ("\n", "\r\n", "\r"):
        content = "".join(json.dumps(row, ensure_ascii=False) + end for row in rows)
        questions = read(content, "a.jsonl").questions
        assert [one.question[:2] for one in questions] == ["q0", "q1", "q2"]


@pytest.mark.parametrize("indent", [None, 1])
def test_a_list_of_all_rows_gets_advice_how_to_make_lines_of_it(indent: int | None) -> None:
    content = json.dumps([{"question": "Who?", "answer": "Ada"}] * 2, indent=indent)
    [problem] = preview(content, "a.json").problems
    assert problem.startswith("The file is one JSON list. Write JSONL: one object on each line")


@pytest.mark.parametrize(
    ("begin", "said"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00", "a workbook or a zip file"),
        (b"\xd0\xcf\x11\xe0\xa1", "a workbook"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"%PDF-1.7\n", "a PDF file"),
        (b"\n<!DOCTYPE html>\n<html>", "a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "a pointer of Git LFS"),
    ],
)
def test_a_file_of_another_format_is_called_by_its_name(begin: bytes, said: str) -> None:
    [problem] = read_upload(Upload("mine.csv", begin + bytes(40))).preview.problems
    assert problem.startswith(f"mine.csv is {said}")
    assert problem.endswith("Save the table as CSV in UTF-8, or as JSONL.")
