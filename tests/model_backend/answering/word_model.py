"""Tiny models of every family over whole words, so that prompts have few tokens."""

from tokenizers import Regex, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import WordLevel
from transformers import PreTrainedTokenizerFast

from model_backend.api.door import ModelCard
from model_backend.models.loaded import LoadedModel
from tests.model_backend.tiny_models import VOCABULARY, tiny_model

WORDS = [f" w{number}" for number in range(70)]


def word_tokenizer() -> PreTrainedTokenizerFast:
    """One token for each word with the space before it, and for each sign."""
    words = ["<unk>", "<s>", "</s>", "Text", "Question", "Short", " answer", *":,.\n", *WORDS]
    tokenizer = Tokenizer(WordLevel({w: n for n, w in enumerate(words)}, unk_token="<unk>"))
    pattern = Regex(r"\n| ?\w+|[^\w\s]")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(pattern, "isolated")
    tokenizer.decoder = decoders.Fuse()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="<unk>", bos_token="<s>", eos_token="</s>"
    )


def word_model(variant: str, *, max_tokens: int | None = None) -> LoadedModel:
    """A random model of a family, which is shared: treat it as read-only."""
    card = ModelCard("tiny", vocabulary_size=VOCABULARY, max_tokens=max_tokens)
    return LoadedModel(card, tiny_model(variant), word_tokenizer(), None, "")
