"""Every family is read from its files with all of its weights and no others."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.testing import assert_close

from model_backend import ModelUnavailable, catalogue
from model_backend.models.catalogue import Settings
from model_backend.models.loading import load_model
from tests.model_backend.saved import byte_tokenizer
from tests.model_backend.tiny_models import EVERY, tiny_model

IDS = torch.tensor([[1, 17, 5, 60, 5, 3, 96]])


CONSTANTS = {
    "bert": "embeddings.position_ids",
    "distilbert": "embeddings.position_ids",
    "gpt2": "transformer.h.0.attn.masked_bias",
    "gpt_neox": "gpt_neox.layers.0.attention.bias",
    "gptj": "transformer.h.0.attn.bias",
    "llama": "model.layers.0.self_attn.rotary_emb.inv_freq",
}


def save(variant: str, folder: Path) -> Path:
    tiny_model(variant).save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


def load(folder: Path) -> Any:
    [entry, _] = catalogue([str(folder)])
    return load_model(entry, lambda *_: None, Settings(device="cpu")).model


def add_constant(folder: Path, name: str) -> None:
    weights = load_file(folder / "model.safetensors")
    save_file(weights | {name: torch.ones(2)}, folder / "model.safetensors", {"format": "pt"})


@pytest.mark.parametrize("variant", EVERY)
def test_every_family_loads_exactly_as_it_was_saved(tmp_path: Path, variant: str) -> None:
    saved, loaded = tiny_model(variant), load(save(variant, tmp_path))
    assert loaded.state_dict().keys() == saved.state_dict().keys()
    for name, weight in saved.state_dict().items():
        assert_close(loaded.state_dict()[name], weight, rtol=0, atol=0, msg=name)
    with torch.inference_mode():  # logits, or the last states of an encoder
        outputs = (model(IDS).to_tuple()[0] for model in (loaded, saved))
        assert_close(*outputs, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("variant", CONSTANTS)
def test_a_known_constant_in_an_old_checkpoint_is_ignored(tmp_path: Path, variant: str) -> None:
    add_constant(save(variant, tmp_path), CONSTANTS[variant])
    assert load(tmp_path).state_dict().keys() == tiny_model(variant).state_dict().keys()


def test_a_constant_of_another_family_is_refused(tmp_path: Path) -> None:
    add_constant(save("llama", tmp_path), CONSTANTS["gpt2"])
    with pytest.raises(ModelUnavailable, match=r"no place in the model.*attn\.masked_bias"):
        load(tmp_path)
