"""A model is loaded exactly as it was saved, or refused with a sentence that says what to do."""

import json
import pickle
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from model_backend import (
    CatalogueEntry,
    LoadingCancelled,
    ModelUnavailable,
    UnknownArchitecture,
    catalogue,
)
from model_backend.models.catalogue import Settings
from model_backend.models.load_plan import pick_device, pick_dtype, plan_model, read_config
from model_backend.models.loaded import LoadedModel
from model_backend.models.loading import load_model
from model_backend.models.memory import free_bytes
from model_backend.models.placing import place_parts, spread_over_gpus
from tests.model_backend.saved import save_model

IDS = torch.tensor([[0, 70, 71, 72, 73]])


def load(folder: Path, **settings: Any) -> LoadedModel:
    [entry, _] = catalogue([str(folder)])
    return load_model(entry, lambda *_: None, Settings(**({"device": "cpu"} | settings)))


def edit_json(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def edit_weights(folder: Path, edit: Callable[[dict[str, torch.Tensor]], object]) -> None:
    weights = load_file(folder / "model.safetensors")
    edit(weights)
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_model(tmp_path / "model")


def test_a_loaded_model_gives_the_logits_of_the_one_saved(folder: Path) -> None:
    saved = AutoModelForCausalLM.from_pretrained(folder)
    with torch.inference_mode():
        torch.testing.assert_close(load(folder).model(IDS).logits, saved(IDS).logits)


def test_the_card_describes_the_loaded_model(folder: Path) -> None:
    card = load(folder, max_tokens=100).card
    assert (card.family, card.n_layers, card.hidden_size) == ("llama", 3, 32)
    assert (card.vocabulary_size, card.max_tokens, card.dtype) == (300, 100, "float32")


def test_the_limit_of_tokens_is_at_most_the_models_context(tmp_path: Path) -> None:
    model = save_model(tmp_path / "short", max_position_embeddings=16)
    assert load(model).card.max_tokens == 16


def test_tied_weights_may_be_in_the_file_once(tmp_path: Path) -> None:
    model = save_model(tmp_path / "tied", tie_word_embeddings=True)
    assert "lm_head.weight" not in load_file(model / "model.safetensors")
    loaded = load(model).model
    assert loaded.lm_head.weight is loaded.model.embed_tokens.weight


def test_weights_in_several_files_are_all_read(tmp_path: Path) -> None:
    whole = save_model(tmp_path / "whole")
    parts = save_model(tmp_path / "parts")
    (parts / "model.safetensors").unlink()
    AutoModelForCausalLM.from_pretrained(whole).save_pretrained(parts, max_shard_size="20KB")
    assert len(list(parts.glob("*.safetensors"))) > 1
    with torch.inference_mode():
        torch.testing.assert_close(load(parts).model(IDS).logits, load(whole).model(IDS).logits)


def test_half_precision_becomes_float32_on_a_cpu_unless_chosen(tmp_path: Path) -> None:
    model = save_model(tmp_path / "half")
    edit_json(model / "config.json", dtype="bfloat16")
    edit_weights(
        model, lambda weights: weights.update({k: v.bfloat16() for k, v in weights.items()})
    )
    assert load(model).card.dtype == "float32"
    assert load(model, dtype="bfloat16").card.dtype == "bfloat16"


def test_half_precision_is_kept_on_a_gpu(folder: Path) -> None:
    edit_json(folder / "config.json", dtype="float16")
    assert pick_dtype("auto", read_config("model", folder), torch.device("cuda")) is torch.float16


# Refusals: each breakage, and the words that its sentence must have.


def remove(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).unlink()


def write(name: str, content: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_text(content)


def in_config(**changes: Any) -> Callable[[Path], object]:
    return lambda folder: edit_json(folder / "config.json", **changes)


def in_weights(edit: Callable[[dict], object]) -> Callable[[Path], object]:
    return lambda folder: edit_weights(folder, edit)


def only_an_index(content: str) -> Callable[[Path], object]:
    def replace(folder: Path) -> None:
        (folder / "model.safetensors").unlink()
        (folder / "model.safetensors.index.json").write_text(content)

    return replace


def cut_off(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def only_a_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


UP = "model.layers.1.mlp.up_proj.weight"

BREAKAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no config": (remove("config.json"), "has no config.json"),
    "config is no json": (write("config.json", "{"), "cannot be read as JSON"),
    "config is a list": (write("config.json", "[]"), "a JSON list, not an object"),
    "config without a type": (write("config.json", "{}"), "config.json of model cannot be used"),
    "config with a wrong field": (in_config(hidden_size="wide"), "expected int, got str"),
    "config against itself": (in_config(num_attention_heads=0), "cannot be used"),
    "own code": (in_config(auto_map={"AutoConfig": "code.Config"}), "code .* is never run here"),
    "quantised": (in_config(quantization_config={"quant_method": "gptq"}), "stored as GPTQ"),
    "no tokenizer": (remove("tokenizer.json"), "tokenizer.save_pretrained"),
    "broken tokenizer": (write("tokenizer.json", "{}"), "tokenizer of model cannot be read"),
    "no weights": (remove("model.safetensors"), "expected in model.safetensors"),
    "only a pickle": (only_a_pickle, "Save them as safetensors"),
    "cut off": (cut_off, "model.safetensors is cut off or damaged"),
    "weights are text": (write("model.safetensors", "hello"), "cut off or damaged"),
    "index without its file": (
        only_an_index('{"weight_map": {"a": "model-1.safetensors"}}'),
        "model-1.safetensors is missing",
    ),
    "index without weights": (only_an_index("{}"), "names no weights"),
    "a weight is missing": (in_weights(lambda weights: weights.pop(UP)), f"1 are missing.*{UP}"),
    "a weight is left over": (
        in_weights(lambda weights: weights.update({"model.layers.9.x.weight": torch.ones(2)})),
        r"no place in the model.*layers\.9",
    ),
    "a weight has another shape": (
        in_weights(lambda weights: weights.update({UP: torch.ones(3, 3)})),
        f"another shape.*{UP}",
    ),
    "fewer layers than weights": (in_config(num_hidden_layers=2), "no place in the model"),
    "more layers than weights": (in_config(num_hidden_layers=4), "are missing"),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_model_is_refused_in_a_sentence(folder: Path, breakage: str) -> None:
    break_it, sentence = BREAKAGES[breakage]
    break_it(folder)
    with pytest.raises(ModelUnavailable, match=sentence):
        load(folder)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"There is no folder .*nowhere"):
        load(tmp_path / "nowhere")


def test_an_adapter_as_a_model_is_refused(folder: Path) -> None:
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "org/model"}')
    with pytest.raises(ModelUnavailable, match="an adapter"):
        load(folder)


def test_a_config_cannot_redirect_to_an_unchecked_file(folder: Path) -> None:
    (folder / "adapter_model.bin").write_bytes(pickle.dumps({}))
    edit_json(folder / "config.json", transformers_weights="adapter_model.bin")
    assert load(folder).card.n_layers == 3


@pytest.mark.parametrize("model_type", ["nosuch", "vit", "t5", "bart"])
def test_an_unknown_architecture_is_refused_by_name_before_weights_are_read(
    folder: Path, model_type: str
) -> None:
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    (folder / "model.safetensors").unlink()
    with pytest.raises(UnknownArchitecture, match=model_type):
        load(folder)


def test_a_model_larger_than_free_memory_is_refused_before_it_is_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_backend.models.memory.free_bytes", lambda device: 90_000)
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelUnavailable, match=r"\d MB in float32, and 0\.09 MB are free"):
        load(folder)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_a_missing_device_is_refused(folder: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"no cuda device\. Start with --device cpu"):
        load(folder, device="cuda")
    with pytest.raises(ModelUnavailable, match=r"no cuda:1 device\. Start with --device cpu"):
        load(folder, device="cuda:1")


def test_one_gpu_of_several_is_used_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda gpu: (1000 + gpu, 5000))
    assert (pick_device("cuda").index, pick_device("cuda:1").index) == (None, 1)
    with pytest.raises(ModelUnavailable, match=r"no cuda:2 device\. It has cuda:0, cuda:1\."):
        pick_device("cuda:2")
    assert [free_bytes(torch.device(name)) for name in ("cuda", "cuda:1")] == [2001, 1001]
    plan = plan_model("mine", folder, Settings(device="cuda:1"))
    assert place_parts(plan) is None


def test_the_revision_of_a_copy_is_the_same(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "elsewhere" / "copy"
    shutil.copytree(folder, copy, copy_function=shutil.copyfile)
    assert load(copy).card.revision == load(folder).card.revision


def test_the_revision_changes_with_config_tokenizer_and_weights(folder: Path) -> None:
    seen = {load(folder).card.revision}
    assert {load(folder).card.revision} == seen
    edit_json(folder / "config.json", rms_norm_eps=1e-4)
    seen.add(load(folder).card.revision)
    edit_json(folder / "tokenizer_config.json", clean_up_tokenization_spaces=True)
    seen.add(load(folder).card.revision)
    edit_weights(folder, lambda weights: weights[UP].add_(1))
    seen.add(load(folder).card.revision)
    assert len(seen) == 4


def test_a_folder_with_another_revision_than_the_catalogues_is_refused(folder: Path) -> None:
    revision = str(load(folder).card.revision)
    entry = CatalogueEntry("mine", str(folder), revision=revision[:8])
    assert load_model(entry, lambda *_: None, Settings(device="cpu")).card.revision == revision
    edit_weights(folder, lambda weights: weights[UP].add_(1))
    with pytest.raises(ModelUnavailable, match=f"the catalogue says {revision[:8]}"):
        load_model(entry, lambda *_: None, Settings(device="cpu"))


def test_every_weight_is_reported_as_it_is_read(folder: Path) -> None:
    told: list[tuple[str, float | None]] = []

    def keep(message: str, progress: float | None = None, /) -> None:
        told.append((message, progress))

    load_model(CatalogueEntry("mine", str(folder)), keep, Settings(device="cpu"))
    n_weights = len(load_file(folder / "model.safetensors"))
    read = [said for said in told if said[0].startswith("reading weights")]
    assert read[0] == (f"reading weights, 1 of {n_weights}", 1 / n_weights)
    assert read[-1] == (f"reading weights, {n_weights} of {n_weights}", 1.0)


def test_a_cancelled_load_stops_and_the_next_load_is_complete(folder: Path) -> None:
    def call_off(message: str, progress: float | None = None, /) -> None:
        if message.startswith("reading weights, 5"):
            raise LoadingCancelled("enough")

    with pytest.raises(LoadingCancelled, match="enough"):
        load_model(CatalogueEntry("mine", str(folder)), call_off, Settings(device="cpu"))
    assert load(folder).card.n_layers == 3


def test_dtype_and_note_of_a_catalogue_entry_are_used(folder: Path) -> None:
    entry = CatalogueEntry("mine", str(folder), dtype="bfloat16", note="Good at sums")
    loaded = load_model(entry, lambda *_: None, Settings(device="cpu"))
    assert (loaded.card.dtype, loaded.model.dtype) == ("bfloat16", torch.bfloat16)
    assert loaded.card.note == "Good at sums"


@pytest.mark.parametrize("quantize", ["8bit", "4bit"])
def test_quantising_without_bitsandbytes_is_refused_with_advice(
    folder: Path, quantize: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "bitsandbytes", None)  # as if it were not installed
    with pytest.raises(ModelUnavailable, match=f"{quantize} needs the library bitsandbytes"):
        load(folder, quantize=quantize)


def test_fewer_bits_take_less_memory_but_embeddings_keep_theirs(folder: Path) -> None:
    plan = plan_model("mine", folder, Settings(device="cpu"))
    eight, four = (replace(plan, bits=bits).n_bytes for bits in (8, 4))
    spared = 2 * 300 * 32 * 4
    assert plan.n_bytes > eight > four > spared
    assert replace(plan, bits=8).precision == "8-bit float32"


def test_whole_blocks_are_distributed_over_gpus(folder: Path) -> None:
    plan = plan_model("mine", folder, Settings(device="cpu"))
    placed = spread_over_gpus(plan, {0: 250_000, 1: 250_000})
    blocks = [gpu for part, gpu in placed.items() if part.startswith("model.layers.")]
    assert (sorted(set(blocks)), len(blocks), blocks) == ([0, 1], 3, sorted(blocks))
    assert placed["model.norm"] == placed["lm_head"]


def test_a_model_too_large_for_the_gpus_together_is_refused(folder: Path) -> None:
    plan = plan_model("mine", folder, Settings(device="cpu"))
    with pytest.raises(ModelUnavailable, match="cannot be divided among the GPUs"):
        spread_over_gpus(plan, {0: 60_000, 1: 60_000})


def test_free_memory_in_a_container_respects_its_limit(tmp_path: Path) -> None:
    from model_backend.models.memory import _free_in_container

    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("700\n")
    (tmp_path / "memory.stat").write_text("anon 400\nfile 300\n")
    assert _free_in_container(tmp_path, otherwise=5) == 600
    (tmp_path / "memory.max").write_text("max\n")
    assert _free_in_container(tmp_path, otherwise=5) == 5
