import time

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer
from transformers import PreTrainedTokenizerFast

from model_backend.engine.tokens import (
    CONTINUATION,
    encode,
    special_mask,
    token_bytes,
    token_labels,
    token_texts,
    vocabulary_texts,
)

CORPUS = [
    "the cat sat on the mat, the end of the story",
    "ein Wörtchen über Straßen",
    "日本語です",
] * 4


def wrap(tokenizer, **options):
    tokenizer.add_special_tokens(
        [AddedToken("<s>", special=True), AddedToken("</s>", special=True)]
    )
    start = tokenizer.token_to_id("<s>")
    tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", start)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", **options
    )


def byte_level(add_prefix_space=False):
    """As GPT-2, Llama 3 and Qwen have it."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    tokenizer.train_from_iterator(CORPUS, BpeTrainer(vocab_size=330, initial_alphabet=alphabet))
    # Cleaning up would turn " ," into ",".
    return wrap(tokenizer, clean_up_tokenization_spaces=True)


def sentencepiece_like():
    """As Llama 2 and Mistral have it: a space before every text, bytes to fall back on."""
    words = [
        "\u2581",
        *"thecasmnodfry,.",
        "th",
        "the",
        "\u2581the",
        "\u2581c",
        "\u2581ca",
        "\u2581cat",
    ]
    names = ["<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), *words]
    merges = [("t", "h"), ("th", "e"), ("\u2581", "the"), ("\u2581", "c"), ("\u2581c", "a")]
    merges.append(("\u2581ca", "t"))
    vocabulary = {name: token_id for token_id, name in enumerate(names)}
    model = models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True)
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("\u2581", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return wrap(tokenizer)


TOKENIZERS = {"byte level": byte_level(), "sentencepiece": sentencepiece_like()}
PREFIXING = byte_level(add_prefix_space=True)
# A sentencepiece vocabulary writes a space as U+2581, so that it cannot tell the two apart.
PLAIN = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\u2581"), min_size=1)
each_tokenizer = pytest.mark.parametrize("name", TOKENIZERS)


def labels(tokenizer, text):
    return token_texts(tokenizer, encode(tokenizer, text, special_tokens=False))


def put_together(texts):
    return "".join(text for text in texts if text != CONTINUATION)


@each_tokenizer
@settings(deadline=None)
@given(text=PLAIN)
def test_the_texts_of_the_tokens_make_up_the_text(name, text) -> None:
    start, *texts = labels(TOKENIZERS[name], text.replace(CONTINUATION, ""))
    assert start == "<s>"
    assert put_together(texts) == text.replace(CONTINUATION, "")


@settings(deadline=None)
@given(text=PLAIN)
def test_a_space_that_the_tokenizer_adds_for_good_is_shown(text) -> None:
    text = text.replace(CONTINUATION, "")
    texts = put_together(labels(PREFIXING, text)[1:])
    assert texts == text or texts == " " + text


@each_tokenizer
@settings(deadline=None)
@given(token_ids=st.lists(st.integers(0, 400), max_size=40))
def test_every_token_gets_one_text_whatever_the_ids(name, token_ids) -> None:
    assert len(token_texts(TOKENIZERS[name], token_ids)) == len(token_ids)


@each_tokenizer
def test_a_character_of_several_tokens_stands_on_the_first(name) -> None:
    texts = labels(TOKENIZERS[name], "the\U0001f600the")[1:]
    assert texts == ("the", "\U0001f600", *[CONTINUATION] * 3, "the")


@each_tokenizer
def test_two_such_characters_in_a_row_stay_apart(name) -> None:
    texts = [text for text in labels(TOKENIZERS[name], "\U0001f600\U0001f680")[1:] if text]
    assert texts == ["\U0001f600", *[CONTINUATION] * 3, "\U0001f680", *[CONTINUATION] * 3]


@each_tokenizer
def test_leading_spaces_are_kept(name) -> None:
    assert labels(TOKENIZERS[name], "the cat the")[1:] == ("the", " cat", " the")


def test_a_token_that_is_only_the_added_space_is_named_a_space() -> None:
    tokenizer = TOKENIZERS["sentencepiece"]
    for text, expected in (("日", (" ", "日", CONTINUATION, CONTINUATION)), ("the", ("the",))):
        ids = encode(tokenizer, text)
        assert token_labels(tokenizer, ids)[1:] == expected
        assert put_together(token_texts(tokenizer, ids)[1:]) == text


@each_tokenizer
def test_a_trailing_space_is_kept_as_its_own_token(name) -> None:
    assert labels(TOKENIZERS[name], "the ")[1:] == ("the", " ")


@each_tokenizer
def test_spaces_before_punctuation_are_not_cleaned_up(name) -> None:
    assert put_together(labels(TOKENIZERS[name], "the , the .")[1:]) == "the , the ."


@each_tokenizer
def test_the_string_of_a_special_token_is_that_token_only_if_wanted(name) -> None:
    tokenizer = TOKENIZERS[name]
    read, typed = (encode(tokenizer, "the</s>", wanted) for wanted in (True, False))
    assert special_mask(tokenizer, read).tolist() == [True, False, True]
    assert token_texts(tokenizer, read) == ("<s>", "the", "</s>")
    assert special_mask(tokenizer, typed).tolist() == [True] + [False] * (len(typed) - 1)
    assert put_together(token_texts(tokenizer, typed)[1:]) == "the</s>"


def test_the_choice_of_special_tokens_does_not_stick() -> None:
    tokenizer = TOKENIZERS["byte level"]
    first = encode(tokenizer, "the</s>")
    encode(tokenizer, "the</s>", special_tokens=False)
    assert encode(tokenizer, "the</s>") == first


@each_tokenizer
def test_bytes_that_make_no_character_are_written_as_numbers(name) -> None:
    tokenizer = TOKENIZERS[name]
    emoji = encode(tokenizer, "\U0001f600")
    partial = token_texts(tokenizer, emoji[:-1])
    assert partial[-3:] == ("<0xF0>", "<0x9F>", "<0x98>")


@each_tokenizer
def test_an_id_without_text_adds_nothing_to_a_text(name) -> None:
    tokenizer = TOKENIZERS[name]
    ids = encode(tokenizer, "cat", special_tokens=False)
    padded = [*ids, len(tokenizer) + 2]
    assert token_bytes(tokenizer, padded) == (*token_bytes(tokenizer, ids), b"")


@each_tokenizer
def test_every_id_of_the_vocabulary_has_a_text(name) -> None:
    tokenizer = TOKENIZERS[name]
    texts = vocabulary_texts(tokenizer, len(tokenizer) + 3)
    assert len(texts) == len(tokenizer) + 3
    assert texts[-1] == f"id {len(tokenizer) + 2} (no token)"
    for shown in ("<s>", "</s>", " cat", " the", "a", "<0xE2>", "<0xF0>"):
        assert shown in texts


def test_a_replacement_character_in_the_text_is_itself() -> None:
    for tokenizer in TOKENIZERS.values():
        assert put_together(labels(tokenizer, "a\ufffdb")[1:]) == "a\ufffdb"


def test_a_space_after_a_special_token_is_kept() -> None:
    tokenizer = TOKENIZERS["byte level"]
    assert token_texts(tokenizer, encode(tokenizer, "the</s> the"))[1:] == ("the", "</s>", " the")


@each_tokenizer
def test_four_thousand_tokens_take_well_under_a_second(name) -> None:
    tokenizer = TOKENIZERS[name]
    token_ids = encode(tokenizer, "\U0001f680 the cat " * 1000)[:4096]
    start = time.thread_time()
    token_texts(tokenizer, token_ids)
    assert time.thread_time() - start < 0.5
