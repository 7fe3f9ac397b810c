"""Every family is read from its files as it was saved: all of its weights, and nothing made up."""

from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from model_backend import catalogue
from model_backend.inspection.forward import trace_forward
from model_backend.models.architecture import locate
from model_backend.models.catalogue import Settings
from model_backend.models.loading import load_model
from tests.model_backend.saved import byte_tokenizer
from tests.model_backend.tiny_models import EVERY, tiny_model

IDS = torch.tensor([1, 17, 5, 60, 5, 3, 96])


@pytest.mark.parametrize("variant", EVERY)
def test_every_family_comes_back_as_it_was_saved(tmp_path: Path, variant: str) -> None:
    saved = tiny_model(variant)
    saved.save_pretrained(tmp_path)
    byte_tokenizer().save_pretrained(tmp_path)
    [entry, _] = catalogue([str(tmp_path)])
    loaded = load_model(entry, lambda *_: None, Settings(device="cpu")).model

    assert loaded.state_dict().keys() == saved.state_dict().keys()
    for name, weight in saved.state_dict().items():
        assert_close(loaded.state_dict()[name], weight, rtol=0, atol=0, msg=name)
    rows = (trace_forward(model, IDS).residual for model in (loaded, saved))
    assert_close(*rows, atol=1e-5, rtol=1e-4)
    if locate(saved).is_causal:
        with torch.inference_mode():
            logits = (model(IDS[None]).logits for model in (loaded, saved))
            assert_close(*logits, atol=1e-5, rtol=1e-4)
