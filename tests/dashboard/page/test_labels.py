"""Every space and control character of a token can be seen."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from dashboard.page.labels import first_site, number, visible
from model_backend import Measure


def test_whitespace_can_be_told_apart() -> None:
    shown = [visible(text) for text in (" ", "\n", "\t", "\r", "\u00a0", "")]
    assert len(set(shown)) == len(shown)
    assert all(text.strip() for text in shown)


def test_marks_that_turn_the_text_around_are_spelled_out() -> None:
    assert visible("a\u202eb") == "a[U+202E]b"


def test_letters_are_left_alone() -> None:
    assert visible("Zoë 北京 🙂") == "Zoë·北京·🙂"


INVISIBLE = [
    chr(code)
    for code in range(0x110000)
    if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zl", "Zp", "Zs")
]


def test_every_space_join_and_control_character_of_unicode_can_be_seen() -> None:
    assert len(INVISIBLE) > 200
    shown = {character: visible(character) for character in INVISIBLE}
    unseen = {
        hex(ord(character))
        for character, label in shown.items()
        if not label or any(part in INVISIBLE for part in label)
    }
    assert unseen == set()
    assert len(set(shown.values())) == len(INVISIBLE)  # and told apart
    assert [visible(character) for character in "\u202f\u200e\u00ad"] == [
        "[U+202F]", "[LRM]", "[SHY]"
    ]  # fmt: skip


def test_fillers_and_lonely_selectors_can_be_seen_and_emoji_stay_whole() -> None:
    assert visible("\u3164") == "[U+3164]"
    assert visible("\ufe0f") == "[U+FE0F]"
    assert visible("\u2764\ufe0f") == "\u2764\ufe0f"  # a red heart


def test_an_accent_that_begins_a_token_stands_on_a_circle_and_others_on_their_letters() -> None:
    assert visible("\u0301ab") == "\u25cc\u0301ab"
    assert visible("\u094d") == "\u25cc\u094d"
    assert visible("e\u0301") == "e\u0301"
    assert visible("\u034f") == "[U+034F]"


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    assert not any(
        unicodedata.category(character) == "Cc"
        for character in visible(text)
        if ord(character) < 0x80
    )


def test_a_number_is_written_by_the_rule_of_its_unit() -> None:
    shown = [number(share, Measure.LENS_CONFIDENCE) for share in (1e-9, 0.0085, 0.17058, 1.0)]
    assert shown == ["<0.1 %", "0.9 %", "17 %", "100 %"]
    assert number(49_100.0, Measure.NEXT_TOKEN_RANK) == "49,100"
    assert number(12.3456, Measure.LENS_ENTROPY) == "12.3 bits"
    assert (number(float("nan")), number(-0.05469)) == ("none here", "-0.0547")


def test_a_write_says_whose_it_is() -> None:
    assert first_site(Measure.WRITE_COSINE) == "cosine of write to stream, attn_out"
    assert first_site(Measure.RESIDUAL_NORM) == "residual norm"
