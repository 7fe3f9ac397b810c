"""Between text and token ids, and what is written on each token.

What a token says is found by decoding it after a plain token, for tokenizers may drop the space
that a text begins with. Tokens that hold a part of a character are joined as bytes.
"""

import codecs
import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from jaxtyping import Bool

from model_backend.api.door import TokenChoice
from model_backend.grids.token_names import CONTINUATION

_BYTE_TOKEN = re.compile(r"<0x([0-9A-F]{2})>")
_STRAY_BYTE = re.compile("[\udc80-\udcff]")
_REPLACEMENT = "\ufffd"
_LONGEST_RUN = 16

ANCHORS = ("a", "\n", "")
"""Texts before which a text stands while it is read: the tokens after them are its own. A
tokenizer may treat the beginning of a text otherwise than its middle."""

_KNOWN_PIECES: WeakKeyDictionary[Any, dict[int, str | bytes]] = WeakKeyDictionary()
"""By tokenizer and token id."""


def encode(tokenizer: Any, text: str, special_tokens: bool = True) -> list[int]:
    """The token ids of a text, with what the tokenizer adds of itself, such as ``<s>``.

    Without ``special_tokens`` the string of a special token in the text, such as ``</s>``, is plain
    text.
    """
    encoded = tokenizer(text, split_special_tokens=not special_tokens, verbose=False)
    return list(encoded["input_ids"])


def token_texts(tokenizer: Any, token_ids: Sequence[int]) -> tuple[str, ...]:
    """Text of each token, in order; joined, the tokens of a plain text are the text.

    A character made of several tokens stands on the first, and ``CONTINUATION`` on the others.
    Spaces are kept, but for one that the tokenizer puts before a text and drops again.
    """
    special = _special_names(tokenizer)
    distinct = sorted(set(token_ids))
    pieces = dict(zip(distinct, _pieces(tokenizer, distinct), strict=True))
    texts = list(_joined([pieces[token_id] for token_id in token_ids]))
    first = next((at for at, token_id in enumerate(token_ids) if token_id not in special), None)
    if first is not None and texts[first].startswith(" "):
        alone = _decode(tokenizer, [[token_ids[first]]])[0]
        texts[first] = alone if f" {alone}" == texts[first] else texts[first]
    return tuple(texts)


def token_labels(tokenizer: Any, token_ids: Sequence[int]) -> tuple[str, ...]:
    """Names of the tokens of a text for people: their texts, and a space for the token that is only
    the space a tokenizer puts before a text and drops again.
    """
    texts = token_texts(tokenizer, token_ids)
    if "" not in texts:
        return texts
    alone = lone_texts(tokenizer, token_ids)
    return tuple(
        text or (" " if lone == " " else "") for text, lone in zip(texts, alone, strict=True)
    )


def token_bytes(tokenizer: Any, token_ids: Sequence[int]) -> tuple[bytes, ...]:
    """Bytes each token adds to a growing text, as UTF-8.

    A special token adds none, nor does an id that the tokenizer does not have. Unlike
    ``token_texts`` this cuts a character where the tokens cut it.
    """
    special = _special_names(tokenizer)
    distinct = sorted(set(token_ids) - special.keys())
    names = _names(tokenizer, distinct)
    distinct = [id_ for id_, name in zip(distinct, names, strict=True) if name is not None]
    known = dict(zip(distinct, _pieces(tokenizer, distinct), strict=True))
    pieces = [known.get(token_id, b"") for token_id in token_ids]
    return tuple(piece.encode() if isinstance(piece, str) else piece for piece in pieces)


def lone_texts(tokenizer: Any, token_ids: Sequence[int]) -> tuple[str, ...]:
    """Text of each token id on its own.

    Bytes that make no character by themselves are written ``<0xE2>``, and an id that the tokenizer
    does not have, as there are where a model's matrices are padded, ``id 32001 (no token)``.
    """
    return tuple(_shown(piece) for piece in _read_pieces(tokenizer, token_ids))


def vocabulary_texts(tokenizer: Any, size: int) -> tuple[str, ...]:
    """Text of every token id on its own, for a model with ``size`` logits."""
    return lone_texts(tokenizer, range(size))


def find_choices(tokenizer: Any, text: str) -> tuple[TokenChoice, ...]:
    """The text with a space before it and without, each as the tokens it has inside a text."""
    bare = text.lstrip(" ")
    variants = [text, bare] if text != bare else [f" {bare}", bare]
    choices = [_choice(tokenizer, one) for one in variants if one]
    by_first = {one.token_ids[0]: one for one in reversed(choices) if one.token_ids}
    return tuple(sorted(reversed(by_first.values()), key=lambda one: len(one.token_ids) > 1))


def encode_inside(tokenizer: Any, text: str) -> tuple[int, ...]:
    """The tokens of a text that other text stands before."""
    for anchor in ANCHORS:
        before = tokenizer.encode(anchor, add_special_tokens=False) if anchor else []
        both = tokenizer.encode(anchor + text, add_special_tokens=False)
        ids = both[len(before) :]
        if both[: len(before)] == before and "".join(lone_texts(tokenizer, ids)) == text:
            return tuple(ids)
    return tuple(tokenizer.encode(text, add_special_tokens=False))


def _choice(tokenizer: Any, text: str) -> TokenChoice:
    ids = encode_inside(tokenizer, text)
    return TokenChoice(text, ids, lone_texts(tokenizer, ids))


def special_mask(tokenizer: Any, token_ids: Sequence[int]) -> Bool[np.ndarray, " token"]:
    """Mask of special tokens (beginning of text and the like)."""
    special = _special_names(tokenizer)
    return np.array([token_id in special for token_id in token_ids], dtype=bool)


def _pieces(tokenizer: Any, token_ids: Sequence[int]) -> list[str | bytes]:
    """The text of each token, or its bytes where these need not be whole characters.

    An answer that is being generated is spelled again at every look, so what was read once is kept.
    """
    known = _KNOWN_PIECES.setdefault(tokenizer, {})
    new = [token_id for token_id in token_ids if token_id not in known]
    if new:
        known.update(zip(new, _read_pieces(tokenizer, new), strict=True))
    return [known[token_id] for token_id in token_ids]


def _read_pieces(tokenizer: Any, token_ids: Sequence[int]) -> list[str | bytes]:
    special = _special_names(tokenizer)
    names = _names(tokenizer, token_ids)
    anchor = tokenizer.encode("a", add_special_tokens=False)
    known = [token_id for token_id, name in zip(token_ids, names, strict=True) if name is not None]
    decoded = _decode(tokenizer, [anchor, *([*anchor, token_id] for token_id in known)])
    texts = dict(zip(known, decoded[1:], strict=True))
    start = len(decoded[0])
    return [
        f"id {token_id} (no token)"
        if name is None
        else special.get(token_id) or _piece(name, texts[token_id][start:])
        for token_id, name in zip(token_ids, names, strict=True)
    ]


def _piece(name: str, text: str) -> str | bytes:
    if _REPLACEMENT not in text:
        return text
    if match := _BYTE_TOKEN.fullmatch(name):
        return bytes.fromhex(match[1])
    table = _byte_of_character()
    if all(character in table for character in name):
        return bytes(table[character] for character in name)
    return text


def _joined(pieces: Sequence[str | bytes]) -> Iterator[str]:
    """One text for each piece; bytes that follow each other are joined while they go together."""
    at = 0
    while at < len(pieces):
        length, text = _whole(pieces, at)
        yield text
        yield from [CONTINUATION] * (length - 1)
        at += length


def _whole(pieces: Sequence[str | bytes], at: int) -> tuple[int, str]:
    """Number of pieces from ``at`` that make whole characters, and these characters."""
    decoder, text = codecs.getincrementaldecoder("utf-8")(), ""
    for length, piece in enumerate(pieces[at : at + _LONGEST_RUN], start=1):
        if isinstance(piece, str):
            break
        try:
            text += decoder.decode(piece)
        except UnicodeDecodeError:
            break
        if not decoder.getstate()[0]:
            return length, text
    return 1, _shown(pieces[at])


def _shown(piece: str | bytes) -> str:
    if isinstance(piece, str):
        return piece
    text = piece.decode("utf-8", errors="surrogateescape")
    return _STRAY_BYTE.sub(lambda stray: f"<0x{ord(stray[0]) - 0xDC00:02X}>", text)


def _special_names(tokenizer: Any) -> dict[int, str]:
    """The special tokens by id: those with a part to play, and others declared special."""
    declared = {
        token_id: token.content
        for token_id, token in tokenizer.added_tokens_decoder.items()
        if token.special
    }
    return declared | dict(
        zip(tokenizer.all_special_ids, tokenizer.all_special_tokens, strict=True)
    )


def _names(tokenizer: Any, token_ids: Sequence[int]) -> list[str | None]:
    """The tokens as the tokenizer spells them; None for an id that it does not have."""
    if tokenizer.is_fast:
        return [tokenizer.backend_tokenizer.id_to_token(token_id) for token_id in token_ids]
    size = len(tokenizer)
    return [
        tokenizer.convert_ids_to_tokens(token_id) if token_id < size else None
        for token_id in token_ids
    ]


def _decode(tokenizer: Any, sequences: list[list[int]]) -> list[str]:
    """The texts as they are: no special token left out, no space cleaned up."""
    if tokenizer.is_fast:
        return tokenizer.backend_tokenizer.decode_batch(sequences, skip_special_tokens=False)
    return [
        tokenizer.decode(
            sequence, clean_up_tokenization_spaces=False, spaces_between_special_tokens=False
        )
        for sequence in sequences
    ]


@cache
def _byte_of_character() -> dict[str, int]:
    """The alphabet that byte-level vocabularies write bytes in, as GPT-2's did.

    Bytes that print stand for themselves, the others for characters from U+0100 on.
    """
    printing = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(0x100) if byte not in printing]
    table = {chr(byte): byte for byte in printing}
    return table | {chr(0x100 + place): byte for place, byte in enumerate(others)}
