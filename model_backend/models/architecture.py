"""Finds blocks, norms and unembedding in models of every supported family.

A family is one row of ``FAMILIES``, selected by the ``model_type`` of a model's config. A model
whose family has no row is refused by name; the paths of its parts are never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from torch import Tensor, nn

from model_backend.api.errors import UnknownArchitecture


class BlockKind(StrEnum):
    """Formula of a block: how attention and MLP outputs are added to the residual stream."""

    SEQUENTIAL = "resid_mid = resid_pre + attn_out; resid_post = resid_mid + mlp_out"
    PARALLEL = "resid_post = resid_pre + attn_out + mlp_out; there is no resid_mid"
    POST_NORM = "resid_mid = norm(resid_pre + attn_out); resid_post = norm(resid_mid + mlp_out)"


class NormKind(StrEnum):
    """Kind of a norm: a layer norm subtracts the mean, an RMS norm does not."""

    LAYER = "layer norm"
    RMS = "RMS norm"


@dataclass(frozen=True)
class Family:
    """Paths of the parts of a family's models, from the model, or from a block for its parts.

    The defaults are the paths of Llama, which most families share. A field ``*_key`` names an entry
    of the model's config.
    """

    body: str = "model"
    """The module that runs embedding, blocks and final norm, without the unembedding."""
    blocks: str = "model.layers"
    final_norm: str | None = "model.norm"
    embeddings: str = "model.embed_tokens"
    unembedding: str | None = "lm_head"
    """None in an encoder, which predicts no next token."""
    project_out: str | None = None
    """A projection between final norm and unembedding, if the family has one."""
    attention: str = "self_attn"
    mlp: str = "mlp"
    attn_out: str = "self_attn"
    mlp_out: str = "mlp"
    """The modules whose outputs are added to the stream: attention and MLP, or norms after them."""
    resid_mid: str = "post_attention_layernorm"
    """The module whose input is ``resid_mid``; unused in parallel blocks."""
    resid_mid_after: str | None = None
    """The module whose input is ``resid_mid`` in post-norm blocks."""
    down: str | None = "mlp.down_proj"
    """The MLP's last matrix, whose inputs are the neurons; None in a mixture of experts."""
    write_scale_key: str | None = None
    parallel: bool = False
    parallel_keys: tuple[str, ...] = ()
    """The blocks are parallel if any of these config entries is true."""
    post_norm: bool = False
    """The blocks apply their norms after each addition, not before attention and MLP."""
    pre_norm_key: str | None = None
    """The blocks are post-norm if this config entry is false."""
    norm_kind: NormKind = NormKind.RMS
    """Kind of the final norm and of the norms in blocks."""
    blocks_return_tuples: bool = False
    """True if a block returns a tuple whose first item is the stream."""
    no_attention_weights_if: tuple[str, ...] = ()
    """Eager attention differs from fused attention if any of these config entries is true."""
    refuse_keys: tuple[str, ...] = ()
    """A model is refused if any of these config entries is true: this row does not describe it."""
    soft_cap_key: str | None = None
    logit_scale_key: str | None = None
    logit_divisor_key: str | None = None
    context_key: str = "max_position_embeddings"
    """Config entry with the number of positions."""
    unused_positions: int = 0
    """Number of positions that are never used by a token."""
    ignored_prefixes: tuple[str, ...] = ()
    """Prefixes of checkpoint weights that are ignored (task heads)."""
    constant_suffixes: tuple[str, ...] = (".inv_freq",)
    """Suffixes of constants in old checkpoints; models compute these constants themselves."""

    @property
    def norm_subtracts_mean(self) -> bool:
        """True for layer norms, False for RMS norms."""
        return self.norm_kind is NormKind.LAYER

    @property
    def is_encoder(self) -> bool:
        """True if every token attends to every other and no next token is predicted."""
        return self.unembedding is None


LLAMA = Family()
MIXTURE = Family(down=None)
COHERE = Family(parallel=True, norm_kind=NormKind.LAYER, logit_scale_key="logit_scale")
GEMMA_2 = Family(
    attn_out="post_attention_layernorm",
    mlp_out="post_feedforward_layernorm",
    resid_mid="pre_feedforward_layernorm",
    soft_cap_key="final_logit_softcapping",
)
GEMMA_3 = replace(GEMMA_2, refuse_keys=("use_bidirectional_attention",))
GPT_2 = Family(
    body="transformer",
    blocks="transformer.h",
    final_norm="transformer.ln_f",
    embeddings="transformer.wte",
    attention="attn",
    attn_out="attn",
    resid_mid="ln_2",
    down="mlp.c_proj",
    norm_kind=NormKind.LAYER,
    refuse_keys=("add_cross_attention",),
    constant_suffixes=(".attn.bias", ".masked_bias"),
)
BERT = Family(
    body="",
    blocks="encoder.layer",
    final_norm=None,
    embeddings="embeddings.word_embeddings",
    unembedding=None,
    attention="attention",
    mlp="output",
    attn_out="attention.output.dense",
    mlp_out="output.dense",
    resid_mid_after="intermediate",
    down="output.dense",
    norm_kind=NormKind.LAYER,
    post_norm=True,
    refuse_keys=("is_decoder", "add_cross_attention"),
    ignored_prefixes=("cls.", "pooler.", "bert.pooler.", "classifier.", "qa_outputs."),
    constant_suffixes=(".position_ids",),
)
OLMO_2 = Family(
    attn_out="post_attention_layernorm", mlp_out="post_feedforward_layernorm", resid_mid="mlp"
)

FAMILIES: Mapping[str, Family] = MappingProxyType(
    {
        "bert": BERT,
        "bloom": Family(
            body="transformer",
            blocks="transformer.h",
            final_norm="transformer.ln_f",
            embeddings="transformer.word_embeddings",
            attention="self_attention",
            # Attention and MLP add the stream to their output; their last layers do not.
            attn_out="self_attention.dense",
            mlp_out="mlp.dense_4h_to_h",
            down="mlp.dense_4h_to_h",
            norm_kind=NormKind.LAYER,
            blocks_return_tuples=True,
            refuse_keys=("apply_residual_connection_post_layernorm", "slow_but_exact"),
        ),
        "cohere": COHERE,
        "cohere2": COHERE,
        "distilbert": Family(
            body="",
            blocks="transformer.layer",
            final_norm=None,
            embeddings="embeddings.word_embeddings",
            unembedding=None,
            attention="attention",
            mlp="ffn",
            attn_out="attention",
            mlp_out="ffn",
            resid_mid_after="ffn",
            down="ffn.lin2",
            norm_kind=NormKind.LAYER,
            post_norm=True,
            ignored_prefixes=("vocab_", "pre_classifier.", "classifier.", "qa_outputs."),
            constant_suffixes=(".position_ids",),
        ),
        "electra": replace(
            BERT,
            ignored_prefixes=(
                "discriminator_predictions.",
                "generator_",
                "classifier.",
                "qa_outputs.",
            ),
        ),
        "falcon": Family(
            body="transformer",
            blocks="transformer.h",
            final_norm="transformer.ln_f",
            embeddings="transformer.word_embeddings",
            attention="self_attention",
            attn_out="self_attention",
            down="mlp.dense_4h_to_h",
            norm_kind=NormKind.LAYER,
            blocks_return_tuples=True,
            parallel_keys=("parallel_attn", "new_decoder_architecture"),
            # transformers 5.23 adds the alibi bias to the mask, and eager attention adds it again.
            no_attention_weights_if=("alibi",),
        ),
        "gemma": LLAMA,
        "gemma2": GEMMA_2,
        "gemma3": replace(
            GEMMA_3,
            body="model.language_model",
            blocks="model.language_model.layers",
            final_norm="model.language_model.norm",
            embeddings="model.language_model.embed_tokens",
            constant_suffixes=(".inv_freq", ".position_ids"),
        ),
        "gemma3_text": GEMMA_3,
        "gpt2": GPT_2,
        "gpt_bigcode": GPT_2,
        "gpt_neox": Family(
            body="gpt_neox",
            blocks="gpt_neox.layers",
            final_norm="gpt_neox.final_layer_norm",
            embeddings="gpt_neox.embed_in",
            attention="attention",
            attn_out="attention",
            down="mlp.dense_4h_to_h",
            norm_kind=NormKind.LAYER,
            parallel_keys=("use_parallel_residual",),
            constant_suffixes=(".inv_freq", ".attention.bias", ".masked_bias"),
        ),
        "gptj": replace(
            GPT_2, parallel=True, down="mlp.fc_out", blocks_return_tuples=True, refuse_keys=()
        ),
        "granite": Family(
            write_scale_key="residual_multiplier", logit_divisor_key="logits_scaling"
        ),
        "llama": LLAMA,
        "mistral": LLAMA,
        "mixtral": MIXTURE,
        "modernbert": Family(
            body="",
            blocks="layers",
            final_norm="final_norm",
            embeddings="embeddings.tok_embeddings",
            unembedding=None,
            attention="attn",
            attn_out="attn",
            resid_mid="mlp_norm",
            down="mlp.Wo",
            norm_kind=NormKind.LAYER,
            ignored_prefixes=("head.", "decoder.", "classifier."),
        ),
        "mpt": Family(
            body="transformer",
            blocks="transformer.blocks",
            final_norm="transformer.norm_f",
            embeddings="transformer.wte",
            attention="attn",
            mlp="ffn",
            attn_out="attn",
            # The MLP adds the stream to its output; its last layer does not.
            mlp_out="ffn.down_proj",
            resid_mid="norm_2",
            down="ffn.down_proj",
            norm_kind=NormKind.LAYER,
            blocks_return_tuples=True,
            context_key="max_seq_len",
        ),
        "olmo": Family(norm_kind=NormKind.LAYER),
        "olmo2": OLMO_2,
        "opt": Family(
            body="model.decoder",
            blocks="model.decoder.layers",
            final_norm="model.decoder.final_layer_norm",
            embeddings="model.decoder.embed_tokens",
            project_out="model.decoder.project_out",
            mlp="fc2",
            mlp_out="fc2",
            resid_mid="final_layer_norm",
            resid_mid_after="fc1",
            down="fc2",
            norm_kind=NormKind.LAYER,
            pre_norm_key="do_layer_norm_before",
        ),
        "phi": Family(
            final_norm="model.final_layernorm",
            parallel=True,
            down="mlp.fc2",
            norm_kind=NormKind.LAYER,
        ),
        "phi3": LLAMA,
        "qwen2": LLAMA,
        "qwen2_moe": MIXTURE,
        "qwen3": LLAMA,
        "qwen3_moe": MIXTURE,
        "roberta": replace(
            BERT,
            # Position numbers start after the padding token's.
            unused_positions=2,
            ignored_prefixes=(
                "lm_head.",
                "pooler.",
                "roberta.pooler.",
                "classifier.",
                "qa_outputs.",
            ),
        ),
        "smollm3": LLAMA,
        "stablelm": Family(parallel_keys=("use_parallel_residual",), norm_kind=NormKind.LAYER),
    }
)


@dataclass(frozen=True, eq=False)
class Architecture:
    """The parts of one model."""

    name: str
    family: Family
    block_kind: BlockKind
    body: nn.Module
    blocks: tuple[nn.Module, ...]
    embeddings: nn.Module
    final_norm: nn.Module | None
    project_out: nn.Module | None
    unembedding: Any
    """A module; None in an encoder."""
    mid_inputs: tuple[nn.Module, ...] = ()
    """The module of each block whose input is ``resid_mid``; empty for parallel blocks."""
    down_projections: tuple[nn.Module, ...] = ()
    """The module of each block whose inputs are the neurons; empty for a mixture of experts."""
    has_attention_weights: bool = True
    """True if eager attention returns the weights that the model uses."""
    write_scale: float = 1.0
    soft_cap: float | None = None
    logit_scale: float = 1.0
    logit_divisor: float = 1.0

    @property
    def n_layers(self) -> int:
        """Number of blocks; the residual stream has one row more."""
        return len(self.blocks)

    @property
    def weight(self) -> Tensor:
        """The embedding matrix; its device and dtype are those of the model."""
        weight: Any = self.embeddings.weight
        return weight

    @property
    def is_causal(self) -> bool:
        """True if a token attends only to itself and earlier tokens."""
        return not self.family.is_encoder

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments for a call of ``body`` besides the tokens."""
        return {} if self.family.is_encoder else {"use_cache": False}

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens with a logit: rows of the unembedding matrix, padding included.

        For an encoder, the rows of the embedding matrix.
        """
        if self.unembedding is None:
            return len(self.weight)
        weight: Any = self.unembedding.weight
        return int(getattr(self.unembedding, "out_features", len(weight)))


def locate(model: nn.Module) -> Architecture:
    """Find the parts of a language model by its family's row in ``FAMILIES``.

    Raises:
        UnknownArchitecture: the family has no row, or the model lacks a part that the row names.
    """
    name = str(getattr(model.config, "model_type", ""))
    config: Any = model.config
    config = config.get_text_config()
    family = family_of(name)
    _refuse_variants(name, family, config)
    block_kind = _block_kind(family, config)
    blocks = tuple(_part(model, family.blocks).children())
    return Architecture(
        name=name,
        family=family,
        block_kind=block_kind,
        body=_part(model, family.body),
        blocks=blocks,
        embeddings=_part(model, family.embeddings),
        final_norm=_optional_part(model, family.final_norm),
        project_out=_optional_part(model, family.project_out),
        unembedding=_part(model, family.unembedding) if family.unembedding else None,
        mid_inputs=_in_each(blocks, _mid_path(family, block_kind)),
        down_projections=_in_each(blocks, family.down),
        has_attention_weights=not any(
            getattr(config, key) for key in family.no_attention_weights_if
        ),
        write_scale=_config_number(config, family.write_scale_key) or 1.0,
        soft_cap=_config_number(config, family.soft_cap_key),
        logit_scale=_config_number(config, family.logit_scale_key) or 1.0,
        logit_divisor=_config_number(config, family.logit_divisor_key) or 1.0,
    )


def family_of(name: str) -> Family:
    """The row of ``FAMILIES`` for a ``model_type``.

    Raises:
        UnknownArchitecture: there is no such row.
    """
    if name not in FAMILIES:
        known = ", ".join(sorted(FAMILIES))
        raise UnknownArchitecture(
            f"Models of type {name!r} are not supported: their layers cannot be found. "
            f"Supported types: {known}."
        )
    return FAMILIES[name]


def _refuse_variants(name: str, family: Family, config: Any) -> None:
    for key in family.refuse_keys:
        if getattr(config, key, False):
            raise UnknownArchitecture(
                f"Models of type {name!r} are supported, but not with {key} switched on."
            )


def _block_kind(family: Family, config: Any) -> BlockKind:
    if family.parallel or any(getattr(config, key) for key in family.parallel_keys):
        return BlockKind.PARALLEL
    if family.post_norm or (family.pre_norm_key and not getattr(config, family.pre_norm_key)):
        return BlockKind.POST_NORM
    return BlockKind.SEQUENTIAL


def _mid_path(family: Family, block_kind: BlockKind) -> str | None:
    paths = {BlockKind.SEQUENTIAL: family.resid_mid, BlockKind.POST_NORM: family.resid_mid_after}
    return paths.get(block_kind)


def _in_each(blocks: tuple[nn.Module, ...], path: str | None) -> tuple[nn.Module, ...]:
    """The part at ``path`` in every block; empty if ``path`` is None."""
    return tuple(_part(block, path) for block in blocks) if path else ()


def context_length(config: Any) -> int | None:
    """Maximum number of tokens for a model of this config; None if its family has no limit."""
    family, text = family_of(config.model_type), config.get_text_config()
    length = getattr(text, family.context_key, None)
    # Families with relative positions have no such entry, or one that is not positive.
    return length - family.unused_positions if length and length > 0 else None


def _part(model: nn.Module, path: str) -> nn.Module:
    part = _optional_part(model, path)
    if part is None:
        raise UnknownArchitecture(
            f"{type(model).__name__} has no {path}, which models of its type need. Choose a "
            "language model."
        )
    return part


def _optional_part(model: nn.Module, path: str | None) -> nn.Module | None:
    if path is None:
        return None
    part: Any = model
    for name in path.split(".") if path else ():
        part = getattr(part, name, None)
    return part


def _config_number(config: Any, key: str | None) -> float | None:
    value = getattr(config, key) if key else None
    return None if value is None else float(value)
