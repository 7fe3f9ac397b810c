"""Config entries of single types that shrinking by name does not get right."""

from collections.abc import Mapping
from typing import Any

AS_DECODERS = (
    "bert-generation big_bird camembert data2vec-text ernie megatron-bert rembert "
    "roberta-prelayernorm roc_bert roformer xlm-roberta xlm-roberta-xl "
).split()
"""Types that are encoders unless their config says otherwise."""

HALF = ["linear_attention", "full_attention"] * 2
CONVOLUTIONS = ["conv", "full_attention"] * 2
WIDE = {"attention_hidden_size": 64, "attention_head_dim": 16}
SHARED = ["linear_attention", "linear_attention", "hybrid", "linear_attention", "hybrid"]
EQUAL_HEADS = {"num_key_value_heads": 4, "head_dim": 16}
HEAD = {"head_dim": 8}
INDEXER = {
    "indexer_n_heads": 2,
    "indexer_kv_heads": 1,
    "indexer_head_dim": 8,
    "indexer_budget": 64,
    "indexer_compress_ratio": 4,
    "ngram_vocab_size_base": 100,
    "split_ngram_parts": 2,
}
ROPE = {"rope_type": "default", "rope_theta": 10000.0, "mrope_section": [2, 1, 1]}

OVERRIDES: Mapping[str, Mapping[str, Any]] = {
    **{name: {"is_decoder": True} for name in AS_DECODERS},
    "bailing_hybrid": {"layer_group_size": 2, "num_mtp_layers": 0},
    "bamba": {"attn_layer_indices": [1]},
    "cohere_compass_text": {
        "rope_parameters": {"full_attention": ROPE, "sliding_attention": ROPE},
        "layer_types": ["sliding_attention", "full_attention"] * 2,
    },
    "dbrx": {
        "attn_config": {"kv_n_heads": 2, "rope_theta": 10000.0, "clip_qkv": 8.0},
        "ffn_config": {"ffn_hidden_size": 48, "hidden_size": 32, "moe_top_k": 2},
    },
    "dots1": {"n_routed_experts": 4, "num_experts_per_tok": 2, "n_shared_experts": 1},
    "deepseek_v2": {"num_experts_per_tok": 2},
    "dots3_note": {"text_config": {**EQUAL_HEADS, "per_layer_config": {}}},
    "dots3_note_text": {**EQUAL_HEADS, "per_layer_config": {}},
    "gemma3n_text": {"num_kv_shared_layers": 0, "laurel_rank": 8},
    "gpt_neo": {"attention_types": [[["global", "local"], 2]], "window_size": 4},
    "granitemoehybrid": {"layer_types": HALF},
    "hunyuan_v1_dense": HEAD,
    "hunyuan_v1_moe": HEAD,
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1},
    "kimi_linear": {"layer_types": HALF, "linear_head_dim": 8, "linear_num_heads": 4},
    "lfm2_moe": {"layer_types": CONVOLUTIONS, "num_dense_layers": 1},
    "mamba2": {"num_heads": 8, "head_dim": 8},
    "ministral": HEAD,
    "nemotron": {"num_key_value_heads": 2},
    "reformer": {
        "is_decoder": True,
        "axial_pos_embds_dim": [16, 16],
        "axial_pos_shape": [8, 16],
        "attn_layers": ["local"] * 4,
    },
    "xlstm": {"mlstm_round_up_to_multiple_of": 8, "ffn_round_up_to_multiple_of": 8},
    "xmod": {"is_decoder": True, "default_language": "en_XX"},
    "zamba": {"n_layers": 5, "layers_block_type": SHARED, **WIDE},
    "zamba2": {"layers_block_type": ["linear_attention", "hybrid"] * 2, **WIDE},
    "zaya": {"num_experts_per_tok": 1},
    "qwen4_exp": {"text_config": INDEXER},
    "qwen4_exp_text": INDEXER,
}
