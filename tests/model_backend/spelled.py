"""Texts spelled with tokens of one's own choosing."""

from transformers import PreTrainedTokenizerFast

from tests.model_backend.saved import byte_tokenizer

PRINTING = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
OTHERS = [byte for byte in range(256) if byte not in PRINTING]
SPECIAL = ("<s>", "</s>", "<|user|>", "<|assistant|>")


def written(piece: str | bytes) -> str:
    """A piece as byte-level vocabularies write it."""
    data = piece.encode() if isinstance(piece, str) else piece
    return "".join(chr(b) if b in PRINTING else chr(0x100 + OTHERS.index(b)) for b in data)


def spelled(*pieces: str | bytes) -> tuple[PreTrainedTokenizerFast, list[int]]:
    """A tokenizer that has exactly these tokens beside single bytes, and their ids in order.

    Pieces such as ``</s>`` are the special tokens.
    """
    tokenizer = byte_tokenizer()
    tokenizer.add_special_tokens({"extra_special_tokens": list(SPECIAL[2:])})
    inner = tokenizer.backend_tokenizer
    words = [written(piece) for piece in pieces if piece not in SPECIAL]
    known = inner.get_vocab()
    for word in words:
        known.setdefault(word, len(known))
    inner.model = type(inner.model)(vocab=known, merges=[])
    return tokenizer, [known[piece if piece in SPECIAL else written(piece)] for piece in pieces]
