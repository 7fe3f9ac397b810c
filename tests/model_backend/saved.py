"""Small random models, saved in a folder as people save theirs, each with a tokenizer."""

from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedTokenizerFast

SHAPE: dict[str, Any] = {
    "model_type": "llama",
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "vocab_size": 300,
    "max_position_embeddings": 4096,
}


def save_model(folder: Path, **changes: Any) -> Path:
    """A random model of a fixed seed with its tokenizer; ``changes`` go into its config."""
    settings = SHAPE | changes
    config = AutoConfig.for_model(**settings)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    for parameter in model.parameters():
        parameter.data.normal_(std=0.1)
    model.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


def save_adapter(model: Path, folder: Path, **changes: Any) -> Path:
    """An adapter of random numbers for a saved model; ``changes`` go into its settings."""
    base = AutoModelForCausalLM.from_pretrained(model)
    settings = {"r": 2, "lora_alpha": 8, "target_modules": ["q_proj", "up_proj"]} | changes
    adapted = get_peft_model(base, LoraConfig(**settings))
    torch.manual_seed(1)
    for name, parameter in adapted.named_parameters():
        if "lora_" in name:
            parameter.data.normal_(std=0.2)
    adapted.save_pretrained(folder)
    return folder


def byte_tokenizer(begin: bool = True) -> PreTrainedTokenizerFast:
    """One token per byte of UTF-8, a beginning-of-text token, and two special ones."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    specials = ["<s>", "</s>"]
    vocabulary = {text: number for number, text in enumerate([*specials, *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in specials])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if begin:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", 0)]
        )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
