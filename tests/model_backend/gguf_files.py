"""Small random models in GGUF files, written as llama.cpp's converter writes them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.model_backend.saved import save_model

NAMES = {
    "model.embed_tokens": "token_embd",
    "model.norm": "output_norm",
    "lm_head": "output",
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
N_TOKENS = 259
NEVER = "\u00ff"
"""The byte 0xFF, which no text in UTF-8 has: a file must name a merge of two tokens."""
NORMAL, CONTROL = 1, 3

Edit = Callable[[dict[str, Any], dict[str, np.ndarray]], object]
"""Changes what a file will say of itself and the weights that it will hold, in place."""


def save_gguf(path: Path, kind: str = "F32", edit: Edit | None = None, **changes: Any) -> Path:
    """A random Llama with its tokenizer in one file; ``changes`` go into its config.

    ``kind`` is the number type of the matrices. The folder that it was made from stays beside it.
    """
    folder = save_model(path.with_suffix(""), **({"vocab_size": N_TOKENS} | changes))
    model = AutoModelForCausalLM.from_pretrained(folder)
    said = _description(model.config, AutoTokenizer.from_pretrained(folder))
    weights = _weights(model)
    if edit is not None:
        edit(said, weights)
    write_gguf(path, said, weights, kind)
    return path


def write_gguf(
    path: Path, said: Mapping[str, Any], weights: Mapping[str, np.ndarray], kind: str = "F32"
) -> None:
    """Write a file; matrices whose rows are whole blocks of ``kind`` are squeezed into it."""
    writer = gguf.GGUFWriter(path, str(said["general.architecture"]))
    for key, value in said.items():
        if key != "general.architecture":
            _add(writer, key, value)
    for name, weight in weights.items():
        if weight.dtype != np.float32:  # for files that are to be refused
            writer.add_tensor(name, weight)
            continue
        number_type = gguf.GGMLQuantizationType["F32" if weight.ndim == 1 else kind]
        data = gguf.quantize(weight, number_type)
        writer.add_tensor(name, data, raw_dtype=number_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add(writer: gguf.GGUFWriter, key: str, value: Any) -> None:
    if isinstance(value, list):
        writer.add_array(key, value)
    elif isinstance(value, str):
        writer.add_string(key, value)
    elif isinstance(value, bool):
        writer.add_bool(key, value)
    elif isinstance(value, float):
        writer.add_float32(key, value)
    else:
        writer.add_uint32(key, value)


def _description(config: Any, tokenizer: Any) -> dict[str, Any]:
    tokens = [*tokenizer.convert_ids_to_tokens(range(len(tokenizer))), 2 * NEVER]
    special = set(tokenizer.all_special_tokens)
    return {
        "general.architecture": "llama",
        "llama.block_count": config.num_hidden_layers,
        "llama.context_length": config.max_position_embeddings,
        "llama.embedding_length": config.hidden_size,
        "llama.feed_forward_length": config.intermediate_size,
        "llama.attention.head_count": config.num_attention_heads,
        "llama.attention.head_count_kv": config.num_key_value_heads,
        "llama.attention.layer_norm_rms_epsilon": config.rms_norm_eps,
        "llama.rope.freq_base": config.rope_parameters["rope_theta"],
        "llama.rope.dimension_count": config.head_dim,
        "llama.vocab_size": config.vocab_size,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": tokens,
        "tokenizer.ggml.token_type": [CONTROL if one in special else NORMAL for one in tokens],
        "tokenizer.ggml.merges": [f"{NEVER} {NEVER}"],
        "tokenizer.ggml.bos_token_id": 0,
        "tokenizer.ggml.eos_token_id": 1,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.chat_template": "[u]{{ messages[0]['content'] }}[a]",
    }


def _weights(model: Any) -> dict[str, np.ndarray]:
    config, weights = model.config, {}
    heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
    for name, weight in model.state_dict().items():
        *block, part = name.removeprefix("model.layers.").removesuffix(".weight").split(".", 1)
        in_block = name.startswith("model.layers.")
        part = NAMES[part if in_block else name.removesuffix(".weight")]
        if part in heads:
            weight = _turned(weight, heads[part])
        weights[f"blk.{block[0]}.{part}.weight" if in_block else f"{part}.weight"] = weight.numpy()
    return weights


def _turned(weight: torch.Tensor, n_heads: int) -> torch.Tensor:
    """llama.cpp pairs neighbouring dimensions of a head, transformers its two halves."""
    return weight.view(n_heads, 2, -1, weight.shape[-1]).transpose(1, 2).reshape(weight.shape)
