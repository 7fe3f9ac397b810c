"""A GGUF file that would not be the model it was made from is refused, with the reason."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_backend import BackendError, ModelUnavailable, UnknownArchitecture
from tests.model_backend.gguf_files import Edit, save_gguf
from tests.model_backend.models.test_gguf import load


def said(**changes: Any) -> Edit:
    """Changes of what the file says; ``__`` stands for the point in the name of a key."""
    return lambda keys, _: keys.update({k.replace("__", "."): v for k, v in changes.items()})


def weights(**changes: np.ndarray) -> Edit:
    return lambda _, held: held.update({k.replace("__", "."): v for k, v in changes.items()})


def without(name: str) -> Edit:
    return lambda _, held: held.pop(name)


def architecture(name: str) -> Edit:
    def change(keys: dict[str, Any], _: object) -> None:
        keys.update({key.replace("llama.", f"{name}."): value for key, value in keys.items()})
        keys["general.architecture"] = name

    return change


def more_tokens(keys: dict[str, Any], _: object) -> None:
    keys["tokenizer.ggml.tokens"] = [*keys["tokenizer.ggml.tokens"], "<zzz>"]
    keys["tokenizer.ggml.token_type"] = [*keys["tokenizer.ggml.token_type"], 1]


NORM = np.ones(32, dtype=np.float32)

UNFIT: dict[str, tuple[Edit, type[BackendError], str]] = {
    "no reader": (
        architecture("rwkv6"),
        UnknownArchitecture,
        "GGUF file of the architecture 'rwkv6', and these are read here: llama, bloom",
    ),
    "not shown to come out right": (architecture("starcoder2"), UnknownArchitecture, "starcoder2"),
    "no head count": (
        lambda keys, _: keys.pop("llama.attention.head_count"),
        ModelUnavailable,
        r"weights blk\.0\.attn_q\.weight, of the shape \(32, 32\), do not fit what their file",
    ),
    "one of three parts": (
        said(split__count=3, split__no=0),
        ModelUnavailable,
        "one of 3 parts of a model. Join them into one file first",
    ),
    "an adapter": (said(general__type="adapter"), ModelUnavailable, "of type 'adapter'"),
    "a weight is left over": (
        weights(blk__1__attn_q_norm__weight=NORM[:4]),
        ModelUnavailable,
        r"the weights blk\.1\.attn_q_norm\.weight, which have no place in the model",
    ),
    "another rule for positions": (
        weights(rope_freqs__weight=np.array([1, 1, 2, 2], dtype=np.float32)),
        ModelUnavailable,
        "stretches its positions by another rule than Llama 3's",
    ),
    "a weight is missing": (
        without("blk.1.ffn_up.weight"),
        ModelUnavailable,
        r"1 are missing, such as model\.layers\.1\.mlp\.up_proj\.weight",
    ),
    "a weight has another shape": (
        weights(blk__1__attn_norm__weight=NORM[:16]),
        ModelUnavailable,
        r"another shape than it says, such as model\.layers\.1\.input_layernorm",
    ),
    "numbers that are none": (
        weights(blk__1__attn_norm__weight=NORM.astype(np.int8)),
        ModelUnavailable,
        "number type I8, which cannot be read here",
    ),
    "a stretched context": (
        said(llama__rope__scaling__type="linear", llama__rope__scaling__factor=4.0),
        ModelUnavailable,
        "says rope.scaling.type = linear, and transformers would run it with none",
    ),
    "windows": (
        said(llama__attention__sliding_window=2047),
        ModelUnavailable,
        "says attention.sliding_window = 2047, and transformers would run it with None",
    ),
    "heads turned in part": (
        said(llama__attention__key_length=4),
        ModelUnavailable,
        "says attention.key_length = 4, and transformers would run it with 8",
    ),
    "scaled logits": (
        said(llama__logit_scale=0.5), ModelUnavailable, "says logit_scale = 0.5, .* with 1"
    ),
    "more tokens than rows": (
        more_tokens, ModelUnavailable, "has 260 tokens, and its embedding has 259"
    ),
    "rules that are not known": (
        said(tokenizer__ggml__pre="nosuch"), ModelUnavailable, "by the rules 'nosuch'"
    ),
    "rules that are not named": (
        lambda keys, _: keys.pop("tokenizer.ggml.pre"), ModelUnavailable, "by the rules 'unnamed'"
    ),
    "a tokenizer of another kind": (
        said(tokenizer__ggml__model="bert"), ModelUnavailable, "tokenizer of unfit cannot be read"
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", UNFIT)
def test_an_unfit_file_is_refused_in_a_sentence(tmp_path: Path, what: str) -> None:
    edit, error, sentence = UNFIT[what]
    path = save_gguf(tmp_path / "unfit.gguf", edit=edit)
    with pytest.raises(error, match=sentence):
        load(path)


def test_the_same_file_without_the_one_change_is_opened(tmp_path: Path) -> None:
    stated = {"llama__rope__scaling__type": "none", "llama__attention__key_length": 8}
    assert load(save_gguf(tmp_path / "fit.gguf", edit=said(**stated))).card.n_layers == 3


def cut(n_bytes: int) -> Callable[[bytes], bytes]:
    return lambda content: content[:n_bytes]


DAMAGED: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "cut off in the weights": (cut(-100), r"cut off or damaged: it has [\d,]+ bytes of [\d,]+"),
    "cut off in the tokens": (cut(2000), "cut off or damaged. Copy or download the file again"),
    "cut off at once": (cut(10), "cut off or damaged"),
    "empty": (cut(0), "cannot be read"),
    "text": (lambda _: b"hello, world", "no GGUF file: it does not begin with the letters GGUF"),
    "of the first version": (
        lambda content: content[:4] + struct.pack("<I", 1) + content[8:],
        "of version 1 of the GGUF format; versions 2 and 3 are read",
    ),
    "of an unknown number type": (
        lambda content: content.replace(
            b"output_norm.weight" + struct.pack("<IQI", 1, 32, 0),
            b"output_norm.weight" + struct.pack("<IQI", 1, 32, 99),
        ),
        r"number type 99 \(output_norm.weight\), which is not known here",
    ),
    "with a kind of value that there is not": (
        lambda content: content.replace(
            b"llama.block_count" + struct.pack("<I", 4), b"llama.block_count" + struct.pack("<I", 9)
        ),
        "cut off or damaged",
    ),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_refused_in_a_sentence(tmp_path: Path, damage: str) -> None:
    do, sentence = DAMAGED[damage]
    path = save_gguf(tmp_path / "damaged.gguf")
    path.write_bytes(do(path.read_bytes()))
    with pytest.raises(ModelUnavailable, match=sentence):
        load(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"There is no file .*nowhere\.gguf"):
        load(tmp_path / "nowhere.gguf")


def test_a_folder_with_nothing_but_a_file_names_the_file(tmp_path: Path) -> None:
    path = save_gguf(tmp_path / "tiny.gguf")
    with pytest.raises(ModelUnavailable, match=f"Name the file itself: {path}"):
        load(tmp_path)


def test_a_file_is_not_squeezed_again(tmp_path: Path) -> None:
    path = save_gguf(tmp_path / "tiny.gguf", "Q8_0")
    with pytest.raises(ModelUnavailable, match=r"stored as Q8_0: .* Load it without --quantize"):
        load(path, quantize="8bit")


def test_memory_is_checked_for_what_unpacking_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = save_gguf(tmp_path / "tiny.gguf", "Q4_1")
    n_bytes, largest = load(path).n_bytes, 259 * 32 * 4
    for free in (n_bytes, n_bytes + largest - 1):
        monkeypatch.setattr("model_backend.models.memory.free_bytes", lambda device, n=free: n)
        with pytest.raises(ModelUnavailable, match=r"when its file \(stored as Q4_1\) is unpacked"):
            load(path)
    monkeypatch.setattr("model_backend.models.memory.free_bytes", lambda _: n_bytes + largest)
    assert load(path).n_bytes == n_bytes
