"""A merged adapter gives PEFT's logits, and an adapter that does not fit is refused."""

import json
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from model_backend import BackendError, ModelUnavailable, catalogue
from model_backend.models.catalogue import CatalogueEntry, Settings
from model_backend.models.loaded import LoadedModel
from model_backend.models.loading import load_model
from tests.model_backend.saved import save_adapter, save_model

IDS = torch.tensor([[0, 70, 71, 72, 73]])


def load(model: Path, adapter: Path | str = "") -> LoadedModel:
    entry = CatalogueEntry("mine", str(model), adapter=str(adapter))
    return load_model(entry, lambda *_: None, Settings(device="cpu"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("base") / "model")


@pytest.fixture()
def adapter(model: Path, tmp_path: Path) -> Path:
    return save_adapter(model, tmp_path / "adapter")


def test_a_merged_adapter_gives_the_logits_that_peft_gives(model: Path, adapter: Path) -> None:
    beside = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(model), adapter)
    with torch.inference_mode():
        expected, plain = beside(IDS).logits, load(model).model(IDS).logits
        torch.testing.assert_close(load(model, adapter).model(IDS).logits, expected)
    assert (expected - plain).abs().max() > 100 * 1e-5


def test_base_and_differently_adapted_models_have_different_revisions(
    model: Path, adapter: Path, tmp_path: Path
) -> None:
    other = save_adapter(model, tmp_path / "other", lora_alpha=4)
    revisions = {load(model, folder).card.revision for folder in ("", adapter, other)}
    assert len(revisions) == 3


def forget_weights(folder: Path) -> None:
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")


def drop_one(folder: Path) -> None:
    weights = load_file(folder / "adapter_model.safetensors")
    weights.pop(min(weights))
    save_file(weights, folder / "adapter_model.safetensors")


def cut_off(folder: Path) -> None:
    path = folder / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-50])


def widen(folder: Path) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"r": 3}))


def aim_elsewhere(folder: Path) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"target_modules": ["nosuch"]}))


def prompt_tuning(folder: Path) -> None:
    settings = {"peft_type": "PROMPT_TUNING", "task_type": "CAUSAL_LM", "num_virtual_tokens": 4}
    (folder / "adapter_config.json").write_text(json.dumps(settings))


@pytest.mark.parametrize(
    ("break_it", "sentence"),
    [
        (forget_weights, "has no adapter_model.safetensors"),
        (drop_one, "made for another model: 1 of its weights"),
        (cut_off, "cut off or damaged"),
        (widen, "of another shape"),
        (aim_elsewhere, "does not fit the model: .*nosuch"),
        (prompt_tuning, "PROMPT_TUNING, which cannot be merged"),
    ],
)
def test_an_adapter_that_does_not_fit_is_refused(
    model: Path, adapter: Path, break_it: object, sentence: str
) -> None:
    break_it(adapter)  # type: ignore[operator]
    with pytest.raises(ModelUnavailable, match=sentence):
        load(model, adapter)


def test_an_adapter_becomes_a_catalogue_entry_of_its_own(model: Path, adapter: Path) -> None:
    plain, builtin, adapted = catalogue([str(model)], adapters=[f"model={adapter}"])
    assert (plain.name, builtin.name, adapted.name) == ("model", "builtin", "model + adapter")
    assert (adapted.source, adapted.adapter) == (plain.source, str(adapter))


@pytest.mark.parametrize("setting", ["adapter", "=adapter", "model=", "nosuch=adapter"])
def test_an_adapter_without_its_model_is_refused(setting: str) -> None:
    with pytest.raises(BackendError, match="--adapter"):
        catalogue(["org/model"], adapters=[setting])
