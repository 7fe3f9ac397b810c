"""An encoder has every measure but those of a next token, and says why not."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoConfig, AutoModel, AutoModelForMaskedLM

from model_backend import (
    BackendError,
    BadRequest,
    CellPart,
    CellRequest,
    InspectRequest,
    LocalBackend,
    Measure,
    ModelUnavailable,
    QuestionRequest,
    catalogue,
)
from model_backend.api.maps.measure_specs import Needs
from model_backend.api.maps.measures import measures_that_need
from tests.model_backend.saved import byte_tokenizer

TEXT = "Hello, map."
OF_LENS = measures_that_need(Needs.LENS)
SHAPE = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "vocab_size": 300,
    "max_position_embeddings": 40,
}


def save(folder: Path, model_type: str = "bert", auto=AutoModelForMaskedLM) -> Path:
    torch.manual_seed(0)
    padding = {"pad_token_id": 0} if model_type == "modernbert" else {}
    model = auto.from_config(AutoConfig.for_model(model_type, **SHAPE, **padding))
    for parameter in model.parameters():
        parameter.data.normal_(std=0.1)
    model.save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> LocalBackend:
    folder = save(tmp_path_factory.mktemp("models") / "tiny")
    return LocalBackend(catalogue([str(folder)]), device="cpu")


def test_a_head_for_masked_words_is_no_causal_lens(backend) -> None:
    inspection = backend.inspect(InspectRequest("tiny", TEXT, attention=True))
    assert set(inspection.grids) == set(Measure) - OF_LENS - measures_that_need(Needs.PROBES)
    assert inspection.top_ids.shape == inspection.top_probs.shape == (4, len(TEXT) + 1, 0)
    for measure in OF_LENS:
        assert "no causal unembedding" in (inspection.why_absent(measure) or "")


def test_a_cell_of_an_encoder_has_what_its_layer_did(backend) -> None:
    cell = backend.cell(CellRequest("tiny", TEXT, 2, 5))
    assert cell.predictions == () and cell.paths.shape == (4, 0) and cell.next_token is None
    assert set(cell.absent) == {CellPart.PREDICTIONS, CellPart.TOKENS_MOVED}
    assert len(cell.writes) == 2 and len(cell.neurons) == 12
    np.testing.assert_allclose(cell.attention_from.sum(1), 1, rtol=1e-5)
    assert np.isfinite(cell.attention_to).all()


def test_every_token_of_an_encoder_sees_those_after_it(backend) -> None:
    received = backend.inspect(InspectRequest("tiny", TEXT, attention=True)).grid(
        Measure.ATTENTION_RECEIVED
    )
    assert np.isfinite(received.values[1:]).all()


@pytest.mark.parametrize("model_type", ["roberta", "electra", "distilbert", "modernbert"])
@pytest.mark.parametrize("auto", [AutoModelForMaskedLM, AutoModel])
def test_encoders_open_from_a_folder_with_and_without_a_head(
    tmp_path: Path, model_type: str, auto
) -> None:
    folder = save(tmp_path / "tiny", model_type, auto)
    backend = LocalBackend(catalogue([str(folder)]), device="cpu")
    inspection = backend.inspect(InspectRequest("tiny", TEXT))
    with torch.no_grad():
        model = AutoModel.from_pretrained(folder).eval()
        states = model(torch.tensor(inspection.token_ids)[None], output_hidden_states=True)
    norms = torch.cat(states.hidden_states[1:-1]).norm(dim=-1)
    seen = inspection.grids[Measure.RESIDUAL_NORM].values[1:-1]
    np.testing.assert_allclose(seen, norms, rtol=1e-4)


def test_an_encoder_with_a_weight_of_its_own_missing_is_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = save(tmp_path / "tiny") / "model.safetensors"
    kept = load_file(weights)
    del kept["bert.encoder.layer.1.output.dense.weight"]
    save_file(kept, weights, metadata={"format": "pt"})
    backend = LocalBackend(catalogue([str(tmp_path / "tiny")]), device="cpu")
    with pytest.raises(ModelUnavailable, match=r"1 are missing.*layer\.1\.output"):
        backend.inspect(InspectRequest("tiny", TEXT))


def test_an_encoder_answers_no_questions_and_says_so(backend) -> None:
    with pytest.raises(BadRequest, match="tiny is an encoder"):
        backend.answer(QuestionRequest("tiny", "Who?"))


def test_positions_that_roberta_never_uses_are_not_offered(tmp_path: Path) -> None:
    backend = LocalBackend(catalogue([str(save(tmp_path / "tiny", "roberta"))]), device="cpu")
    backend.inspect(InspectRequest("tiny", "a" * 37))
    with pytest.raises(BackendError, match="takes 38"):
        backend.inspect(InspectRequest("tiny", "a" * 38))
