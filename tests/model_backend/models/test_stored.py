"""Checkpoints saved quantised are dequantised to exactly their numbers, or refused."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.testing import assert_close
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from model_backend import ModelUnavailable, catalogue
from model_backend.models.architecture import locate
from model_backend.models.catalogue import Settings
from model_backend.models.loaded import LoadedModel
from model_backend.models.loading import load_model
from tests.model_backend.saved import save_model

BLOCK = 16
FP4 = [0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -0.5, -1, -1.5, -2, -3, -4, -6]


def load(folder: Path, **settings: Any) -> LoadedModel:
    [entry, _] = catalogue([str(folder)])
    return load_model(entry, lambda *_: None, Settings(device="cpu", **settings))


def describe(folder: Path, **quantization: Any) -> Path:
    path = folder / "config.json"
    config = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(config | {"quantization_config": quantization}))
    return folder


def in_fp8(folder: Path) -> dict[str, torch.Tensor]:
    """Store a saved model's matrices as FP8 with a scale for each block; what they then are."""
    weights, meant = load_file(folder / "model.safetensors"), {}
    for name, weight in list(weights.items()):
        if "_proj" in name:
            rows, columns = (size // BLOCK for size in weight.shape)
            blocks = weight.reshape(rows, BLOCK, columns, BLOCK)
            scale = blocks.abs().amax((1, 3)) / 448
            small = (blocks / scale[:, None, :, None]).to(torch.float8_e4m3fn)
            weights[name] = small.reshape(weight.shape)
            weights[f"{name}_scale_inv"] = scale
            meant[name] = (small.float() * scale[:, None, :, None]).reshape(weight.shape)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return meant


def in_mxfp4(folder: Path) -> dict[str, torch.Tensor]:
    """Store a saved mixture's experts as random MXFP4 numbers; what they are."""
    weights, meant = load_file(folder / "model.safetensors"), {}
    generator = torch.Generator().manual_seed(3)
    for name, weight in list(weights.items()):
        if name.endswith(("gate_up_proj", "down_proj")):
            n_experts, n_in, n_out = weight.shape
            shape = (n_experts, n_out, n_in // 32)
            blocks = torch.randint(0, 256, (*shape, 16), generator=generator, dtype=torch.uint8)
            scales = torch.randint(121, 125, shape, generator=generator, dtype=torch.uint8)
            del weights[name]
            weights |= {f"{name}_blocks": blocks, f"{name}_scales": scales}
            table = torch.tensor(FP4)
            pairs = torch.stack([table[(blocks & 15).long()], table[(blocks >> 4).long()]], -1)
            numbers = pairs.flatten(-2) * torch.exp2(scales.float() - 127)[..., None]
            meant[name] = numbers.flatten(-2).transpose(1, 2)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return meant


def test_fp8_is_dequantised_to_its_exact_numbers(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "small")
    meant = in_fp8(folder)
    describe(folder, quant_method="fp8", activation_scheme="dynamic",
             weight_block_size=[BLOCK, BLOCK])  # fmt: skip
    loaded = load(folder)
    assert loaded.card.dtype == "float32 (stored as FP8)"
    weights = loaded.model.state_dict()
    for name, weight in meant.items():
        assert_close(weights[name], weight, rtol=1e-6, atol=1e-7)
    assert all(law.holds for law in locate(loaded.model).laws)


def test_mxfp4_experts_are_dequantised_to_their_exact_numbers(tmp_path: Path) -> None:
    experts = {"num_local_experts": 4, "num_experts_per_tok": 2, "head_dim": 8}
    folder = save_model(
        tmp_path / "small", model_type="gpt_oss", intermediate_size=32, sliding_window=4, **experts
    )
    meant = in_mxfp4(folder)
    describe(folder, quant_method="mxfp4", modules_to_not_convert=["model.embed_tokens"])
    loaded = load(folder)
    assert loaded.card.dtype == "float32 (stored as MXFP4)"
    weights = loaded.model.state_dict()
    for name, weight in meant.items():
        assert_close(weights[name], weight, rtol=1e-6, atol=1e-7)


def in_int8(folder: Path) -> dict[str, torch.Tensor]:
    """Store a saved model's matrices as whole numbers with a scale a row; what they then are."""
    weights, meant = load_file(folder / "model.safetensors"), {}
    for name, weight in list(weights.items()):
        if "_proj" in name:
            scale = weight.abs().amax(1, keepdim=True) / 127
            weights[name] = torch.round(weight / scale).to(torch.int8)
            weights[name.replace(".weight", ".weight_scale")] = scale
            meant[name] = weights[name].float() * scale
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    return meant


def test_compressed_tensors_are_dequantised_to_their_exact_numbers(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "small")
    meant = in_int8(folder)
    numbers = {"num_bits": 8, "type": "int", "symmetric": True, "strategy": "channel"}
    group = {"targets": ["Linear"], "weights": numbers}
    describe(folder, quant_method="compressed-tensors", format="int-quantized", ignore=["lm_head"],
             quantization_status="compressed", config_groups={"group_0": group})  # fmt: skip
    loaded = load(folder)
    assert loaded.card.dtype == "float32 (stored as compressed-tensors)"
    weights = loaded.model.state_dict()
    for name, weight in meant.items():
        assert_close(weights[name], weight, rtol=1e-6, atol=1e-7)
    assert all(law.holds for law in locate(loaded.model).laws)


@pytest.mark.parametrize(("bits", "error"), [(4, 0.2), (8, 0.02)])
def test_bitsandbytes_runs_as_it_is_stored(tmp_path: Path, bits: int, error: float) -> None:
    pytest.importorskip("bitsandbytes", reason="125 MB, which no other test needs")
    sizes = {"hidden_size": 64, "intermediate_size": 128, "num_key_value_heads": 1}
    plain = save_model(tmp_path / "plain", num_attention_heads=2, head_dim=64, **sizes)
    settings = BitsAndBytesConfig(load_in_4bit=bits == 4, load_in_8bit=bits == 8)
    model = AutoModelForCausalLM.from_pretrained(plain, quantization_config=settings)
    model.save_pretrained(tmp_path / "small")
    for file in plain.glob("token*"):
        shutil.copy(file, tmp_path / "small")
    loaded, ids = load(tmp_path / "small"), torch.tensor([[1, 2, 3, 4]])
    assert f"stored as bitsandbytes {bits}-bit" in str(loaded.card.dtype)
    assert all(law.holds for law in locate(loaded.model).laws)
    with torch.inference_mode():
        wanted, found = load(plain).model(ids).logits, loaded.model(ids).logits
    assert 0 < (found - wanted).norm() < error * wanted.norm()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"quant_method": "gptq", "bits": 4}, r"GPTQ 4-bit, .*pip install gptqmodel"),
        ({"quant_method": "awq", "bits": 4}, r"AWQ 4-bit, .*pip install gptqmodel"),
        (
            {"quant_method": "bitsandbytes", "load_in_4bit": True},
            "bitsandbytes 4-bit, .*pip install bitsandbytes",
        ),
        (
            {"quant_method": "bitsandbytes", "load_in_8bit": True},
            "bitsandbytes 8-bit, .*pip install bitsandbytes",
        ),
        ({"quant_method": "compressed-tensors"}, "pip install compressed-tensors"),
        ({"quant_method": "vptq"}, "quantised as vptq, which is not supported here"),
    ],
)
def test_what_needs_a_library_says_which_and_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], said: str
) -> None:
    monkeypatch.setattr("model_backend.models.quantised.stored.find_spec", lambda _: None)
    folder = describe(save_model(tmp_path / "small"), **settings)
    with pytest.raises(ModelUnavailable, match=said):
        load(folder)


def test_stored_quantised_cannot_be_quantised_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = describe(save_model(tmp_path / "small"), quant_method="fp8")
    with pytest.raises(ModelUnavailable, match="stored as FP8, so they cannot be quantised again"):
        load(folder, quantize="8bit")
