"""CSV files open in a spreadsheet as they were meant, whatever its language separates fields by."""

import codecs
import json
import re

import pytest

from dashboard.page.spreadsheet import encode_csv, no_formula, quoted_token, write_csv

FORMULA = re.compile(r"""[ "]*[=+@-](?!\d+(\.\d+)?$)""")


@pytest.mark.parametrize("split", [";", "\t", "\r", "\n", "; ", '; "', ";;"])
def test_no_part_of_a_text_is_a_formula_where_a_spreadsheet_may_split_it(split: str) -> None:
    for part in ("=1+1", "+1+1", "-x", "@SUM(A1)"):
        text = f"x{split}{part}{split}y"
        parts = re.split("[;\t\r\n]", no_formula(text))
        assert not any(FORMULA.match(each) for each in parts), parts
        assert no_formula(text).replace("'", "") == text
        token = quoted_token(text)
        assert not any(FORMULA.match(each) for each in token.split(";")[1:]), token
        assert json.loads(token) == text


@pytest.mark.parametrize("text", ["a; b", "-5", "x;-5;+1e3", "a - b = c", "it's; fine", "\n\n", ""])
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert no_formula(text) == text
    assert quoted_token(text) == json.dumps(text)


def test_a_file_begins_with_the_mark_of_utf_8_once_however_many_pieces_it_has() -> None:
    pieces = [write_csv([("name", "Zoë")]), write_csv([("é", 1)])]
    content = b"".join(encode_csv(pieces))
    assert content.startswith(codecs.BOM_UTF8) and content.count(codecs.BOM_UTF8) == 1
    assert content.decode("utf-8-sig") == "name,Zoë\né,1\n"
