"""The folder that is released: weights, configurations, tokenizer and study sets."""

import json
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import GenerationConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from model_backend.builtin.recipe.study_sets import write_study_sets

MOST_NEW_TOKENS = 48
STUDY_SET_FOLDER = "data"


def export(model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """Write every file beside its place and move it there whole: no reader sees half of one."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as unfinished:
        beside = Path(unfinished)
        model.config.dtype = torch.float32
        model.config.architectures = ["LlamaForCausalLM"]
        model.config.save_pretrained(beside)
        _generation_config(model).save_pretrained(beside)
        tokenizer.save_pretrained(beside)
        save_file(_half_weights(model), beside / "model.safetensors", metadata={"format": "pt"})
        write_study_sets(folder / STUDY_SET_FOLDER)
        for path in beside.iterdir():
            path.chmod(0o644)
            path.replace(folder / path.name)


def _generation_config(model: LlamaForCausalLM) -> GenerationConfig:
    return GenerationConfig(
        bos_token_id=model.config.bos_token_id,
        eos_token_id=model.config.eos_token_id,
        pad_token_id=model.config.pad_token_id,
        do_sample=False,
        max_new_tokens=MOST_NEW_TOKENS,
    )


def _half_weights(model: LlamaForCausalLM) -> dict[str, torch.Tensor]:
    """Float16 halves the file; the output matrix is the embedding, so it is not stored twice."""
    return {
        name: weight.half().contiguous()
        for name, weight in model.state_dict().items()
        if name != "lm_head.weight"
    }


def write_evaluation(folder: Path, results: dict) -> None:
    (folder / "evaluation.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
