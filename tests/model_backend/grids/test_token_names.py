"""The mark of a token that carries on a character is no part of any text or name."""

from model_backend import InspectRequest, LocalBackend, Measure, catalogue, join_labels, name_token


def test_labels_are_joined_without_marks() -> None:
    assert join_labels(("Karad", "ž", "⋯", "i", "ć", "⋯")) == "Karadžić"


def test_a_token_that_carries_on_a_character_is_named_by_it() -> None:
    labels = ("日", "⋯", "⋯", "本")
    assert [name_token(labels, at) for at in range(4)] == [
        "日", "日 (part 2)", "日 (part 3)", "本"
    ]  # fmt: skip


def test_a_mark_that_begins_a_text_is_its_own_name() -> None:
    assert name_token(("⋯", "a"), 0) == "⋯"


def test_the_tokens_of_a_real_text_join_to_that_text() -> None:
    backend = LocalBackend(catalogue([]), device="cpu")
    text = "日本語のテキスト Ünïcode 😀"
    found = backend.inspect(InspectRequest("builtin", text))
    labels = found.grids[Measure.RESIDUAL_NORM].token_labels
    typed = [label for label, special in zip(labels, found.is_special, strict=True) if not special]
    assert "⋯" in typed and join_labels(typed) == text
