"""Every space and control character of a token can be seen."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from dashboard.labels import visible


def test_whitespace_can_be_told_apart() -> None:
    shown = [visible(text) for text in (" ", "\n", "\t", "\r", "\u00a0", "")]
    assert len(set(shown)) == len(shown)
    assert all(text.strip() for text in shown)


def test_marks_that_turn_the_text_around_are_spelled_out() -> None:
    assert visible("a\u202eb") == "a[U+202E]b"


def test_letters_are_left_alone() -> None:
    assert visible("Zoë 北京 🙂") == "Zoë·北京·🙂"


@given(st.text())
def test_no_control_character_is_left(text: str) -> None:
    assert not any(
        unicodedata.category(character) == "Cc"
        for character in visible(text)
        if ord(character) < 0x80
    )
