"""Facts about model types that the structure of a loaded model does not tell.

A type is the ``model_type`` in a model's ``config.json``. A type without a row has the defaults.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from model_backend.api.errors import UnknownArchitecture


@dataclass(frozen=True)
class FamilyFacts:
    """Facts about a model type before its weights are read."""

    refused: str = ""
    """Reason for which every model of the type is refused, to follow "Models of type ..."."""
    is_encoder: bool = False
    """True if it is opened without a head: it predicts no next token."""
    refuse_keys: tuple[str, ...] = ()
    """A model is refused if any of these config entries is true."""
    context_key: str = "max_position_embeddings"
    """Config entry with the number of positions."""
    unused_positions: int = 0
    """Number of positions that are never used by a token."""
    ignored_prefixes: tuple[str, ...] = ()
    """Prefixes of checkpoint weights that are ignored (task heads)."""
    constant_suffixes: tuple[str, ...] = (".inv_freq",)
    """Suffixes of constants in old checkpoints; models compute these constants themselves."""


_BERT_HEADS = ("pooler.", "bert.pooler.", "classifier.", "qa_outputs.")
_AS_DECODER = ("is_decoder", "add_cross_attention")
_GPT_2 = FamilyFacts(
    refuse_keys=("add_cross_attention",), constant_suffixes=(".attn.bias", ".masked_bias")
)
_POSITION_IDS = (".position_ids",)

_DRAFTS = (
    "draft tokens for a larger model, whose states they read: there is no text alone for them."
)
_PATCHES = "join bytes to patches of changing length: it has no single residual stream of tokens."
_NO_TEXT = "make sound or pictures: there is no text alone that their tokens stand for."

FAMILIES: Mapping[str, FamilyFacts] = MappingProxyType(
    {
        "bert": FamilyFacts(
            is_encoder=True,
            refuse_keys=_AS_DECODER,
            ignored_prefixes=("cls.", *_BERT_HEADS),
            constant_suffixes=_POSITION_IDS,
        ),
        "distilbert": FamilyFacts(
            is_encoder=True,
            ignored_prefixes=("vocab_", "pre_classifier.", "classifier.", "qa_outputs."),
            constant_suffixes=_POSITION_IDS,
        ),
        "electra": FamilyFacts(
            is_encoder=True,
            refuse_keys=_AS_DECODER,
            ignored_prefixes=(
                "discriminator_predictions.",
                "generator_",
                "classifier.",
                "qa_outputs.",
            ),
            constant_suffixes=_POSITION_IDS,
        ),
        "blt": FamilyFacts(refused=_PATCHES),
        "gemma4_assistant": FamilyFacts(refused=_DRAFTS),
        "gemma4_unified_assistant": FamilyFacts(refused=_DRAFTS),
        "gemma3": FamilyFacts(constant_suffixes=(".inv_freq", ".position_ids")),
        "gpt2": _GPT_2,
        "gpt_bigcode": _GPT_2,
        "gpt_neox": FamilyFacts(constant_suffixes=(".inv_freq", ".attention.bias", ".masked_bias")),
        "gptj": FamilyFacts(constant_suffixes=(".attn.bias", ".masked_bias")),
        "modernbert": FamilyFacts(
            is_encoder=True, ignored_prefixes=("head.", "decoder.", "classifier.")
        ),
        "musicgen": FamilyFacts(refused=_NO_TEXT),
        "musicgen_melody": FamilyFacts(refused=_NO_TEXT),
        "mpt": FamilyFacts(context_key="max_seq_len"),
        "roberta": FamilyFacts(
            is_encoder=True,
            refuse_keys=_AS_DECODER,
            # Position numbers start after the padding token's.
            unused_positions=2,
            ignored_prefixes=(
                "lm_head.",
                "pooler.",
                "roberta.pooler.",
                "classifier.",
                "qa_outputs.",
            ),
            constant_suffixes=_POSITION_IDS,
        ),
    }
)

_DEFAULTS = FamilyFacts()


def facts_of(model_type: str) -> FamilyFacts:
    """Facts about a type; the defaults if the table has no row for it."""
    return FAMILIES.get(model_type, _DEFAULTS)


def refuse_type(model_type: str) -> None:
    """Refuse a type that is refused whatever its config says.

    Raises:
        UnknownArchitecture: it is such a type; the text says why.
    """
    if reason := facts_of(model_type).refused:
        raise UnknownArchitecture(f"Models of type {model_type!r} {reason}")


def refuse_variants(config: Any) -> None:
    """Refuse a model whose config makes it another kind than its type stands for.

    Raises:
        UnknownArchitecture: a config entry of ``refuse_keys`` is true, or it encodes and decodes.
    """
    model_type = config.model_type
    refuse_type(model_type)
    for key in facts_of(model_type).refuse_keys:
        if getattr(config, key, False):
            raise UnknownArchitecture(
                f"Models of type {model_type!r} are supported, but not with {key} switched on."
            )
    if getattr(config, "is_encoder_decoder", False):
        raise UnknownArchitecture(
            f"Models of type {model_type!r} read with an encoder and answer with a decoder: there "
            "is no single residual stream over one text. Choose a model without an encoder."
        )


def context_length(config: Any) -> int | None:
    """Maximum number of tokens for a model of this config; None if its family has no limit."""
    facts, text = facts_of(config.model_type), config.get_text_config()
    length = getattr(text, facts.context_key, None)
    # Families with relative positions have no such entry, or one that is not positive.
    return length - facts.unused_positions if length and length > 0 else None
