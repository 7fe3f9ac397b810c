"""Shrinks the default config of any model type: few layers, narrow, few heads, few experts.

Multipliers, soft caps and scales get values other than 1, so that one that is left out shows.
"""

from collections.abc import Mapping
from typing import Any

VOCABULARY = 120
WIDTH = 32
N_HEADS = 4
HEAD = 8

SIZES: Mapping[str, Any] = {
    **dict.fromkeys(
        "hidden_size d_model n_embd dim embed_dim word_embed_proj_dim embedding_size model_dim "
        "embedding_dim lru_width attention_hidden_size hidden_dim".split(),
        WIDTH,
    ),
    **dict.fromkeys(
        "intermediate_size ffn_dim n_inner d_ff dff decoder_ffn_dim encoder_ffn_dim dim_ff "
        "ffn_hidden_size shared_intermediate_size dense_intermediate_size intermediate_size_mlp "
        "ffn_intermediate_size prefix_dense_intermediate_size block_ff_dim d_inner "
        "block_multiple_of shared_expert_hidden_size".split(),
        48,
    ),
    **dict.fromkeys(
        "moe_intermediate_size shared_expert_intermediate_size expert_ffn_hidden_size "
        "moe_shared_expert_intermediate_size expert_intermediate_size expert_hidden_size "
        "router_hidden_size shared_expert_ffn_hidden_size".split(),
        24,
    ),
    **dict.fromkeys(
        "num_attention_heads n_head n_heads decoder_attention_heads encoder_attention_heads "
        "num_heads".split(),
        N_HEADS,
    ),
    **dict.fromkeys("num_key_value_heads num_kv_heads multi_query_group_num".split(), 2),
    **dict.fromkeys("head_dim d_kv kv_channels attention_head_dim".split(), HEAD),
    "v_head_dim": HEAD,
    "qk_nope_head_dim": HEAD,
    "qk_rope_head_dim": HEAD,
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "o_lora_rank": 16,
    "rotary_dim": 4,
    **dict.fromkeys(
        "num_experts num_local_experts n_routed_experts moe_num_experts num_moe_experts".split(), 4
    ),
    **dict.fromkeys(
        "num_experts_per_tok num_experts_per_token moe_k moe_topk moe_top_k top_k_experts "
        "experts_per_token moe_router_topk num_selected_experts".split(),
        2,
    ),
    **dict.fromkeys("n_shared_experts num_shared_experts moe_num_shared_experts".split(), 1),
    "n_group": 1,
    "topk_group": 1,
    "num_expert_group": 1,
    **dict.fromkeys(
        "max_position_embeddings n_positions max_seq_len n_ctx max_sequence_length".split(), 128
    ),
    **dict.fromkeys(
        "sliding_window attention_window local_attention attention_window_size".split(), 4
    ),
    "attention_chunk_size": 8,
    "first_k_dense_replace": 1,
    "n_hash_layers": 1,
    **dict.fromkeys("mamba_d_state state_size ssm_state_size mamba_state_dim".split(), 8),
    **dict.fromkeys("mamba_d_conv conv_kernel d_conv conv_L_cache conv1d_width".split(), 4),
    **dict.fromkeys("mamba_n_heads mamba_num_heads n_mamba_heads".split(), 8),
    **dict.fromkeys("mamba_d_head mamba_head_dim mamba_headdim".split(), 8),
    **dict.fromkeys("mamba_n_groups mamba_ngroups n_groups".split(), 1),
    "mamba_d_ssm": 64,
    "mamba_dt_rank": 4,
    "time_step_rank": 4,
    **dict.fromkeys("chunk_size mamba_chunk_size".split(), 8),
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": HEAD,
    "linear_value_head_dim": HEAD,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "index_n_heads": 2,
    "index_head_dim": 16,
    "index_topk": 64,
    "num_nextn_predict_layers": 0,
    "hidden_size_per_layer_input": 8,
    "vocab_size_per_layer_input": VOCABULARY,
}
"""Values of config entries by name."""

VOCABULARIES = "vocab_size n_tokens text_vocab_size".split()

MULTIPLIERS: Mapping[str, float] = {
    "residual_multiplier": 0.5,
    "embedding_multiplier": 3.0,
    "attention_multiplier": 0.3,
    "logits_scaling": 4.0,
    "logit_scale": 0.25,
    "lm_head_multiplier": 0.3,
    "final_logit_softcapping": 3.0,
    "scale_depth": 1.4,
    "scale_emb": 3.0,
}

LAYERS = "num_hidden_layers n_layer n_layers num_layers decoder_layers encoder_layers".split()


def shrunk(entries: Mapping[str, Any], n_layers: int) -> dict[str, Any]:
    """Entries of a default config made small; what depends on the depth is left out."""
    small: dict[str, Any] = {}
    for key, value in entries.items():
        if key in LAYERS and value is not None:
            small[key] = n_layers
        elif key in VOCABULARIES:
            small[key] = VOCABULARY
        elif key in SIZES and value is not None and not isinstance(value, list | dict):
            small[key] = SIZES[key]
        elif key in MULTIPLIERS and (value is not None or key == "final_logit_softcapping"):
            small[key] = MULTIPLIERS[key]
    if "kv_lora_rank" in small and "num_key_value_heads" in small:
        # Latent attention makes keys and values for every head.
        small["num_key_value_heads"] = N_HEADS
    return small
