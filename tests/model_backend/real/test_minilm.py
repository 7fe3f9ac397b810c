"""What is true of a real encoder: all-MiniLM-L6-v2."""

from collections.abc import Sequence

import numpy as np
import pytest
import torch

from model_backend import (
    BadRequest,
    CellRequest,
    InspectRequest,
    LocalBackend,
    Measure,
    QuestionRequest,
)
from model_backend.engine.forward import trace_forward

NAME = "minilm"
TEXT = "The quick brown fox jumps over the lazy dog"


def rows_of(backend: LocalBackend, texts: Sequence[str]) -> list[torch.Tensor]:
    """The residual stream of each text."""
    loaded = backend._pool.take(NAME)
    return [
        trace_forward(loaded.model, torch.tensor(loaded.tokenizer(text).input_ids)).residual
        for text in texts
    ]


def test_rows_and_norms_are_hugging_faces_hidden_states(minilm: LocalBackend) -> None:
    inspection, loaded = minilm.inspect(InspectRequest(NAME, TEXT)), minilm._pool.take(NAME)
    ids = torch.tensor(inspection.token_ids[None])
    with torch.inference_mode():
        states = torch.cat(loaded.model(ids, output_hidden_states=True).hidden_states)
    assert len(states) == 7
    torch.testing.assert_close(rows_of(minilm, [TEXT])[0], states, rtol=1e-5, atol=1e-5)
    norms = inspection.grid(Measure.RESIDUAL_NORM).values
    np.testing.assert_allclose(norms, states.norm(dim=-1), rtol=1e-4)


def test_no_token_of_an_encoder_is_called_a_sink_for_standing_first(minilm: LocalBackend) -> None:
    inspection = minilm.inspect(InspectRequest(NAME, TEXT))
    norms = inspection.grid(Measure.RESIDUAL_NORM).values
    assert (norms / np.median(norms, axis=1, keepdims=True)).max() < 10
    assert not inspection.is_sink.any()


def test_texts_that_mean_the_same_lie_closer_than_those_that_do_not(minilm: LocalBackend) -> None:
    texts = ("A man is playing a guitar", "Somebody plays music", "The stock market fell today")
    ends = torch.stack([rows[-1].mean(0) for rows in rows_of(minilm, texts)])
    one, same, other = torch.nn.functional.normalize(ends, dim=-1)
    assert one @ same > 0.5 > 0.2 > one @ other


def test_it_sees_both_ways_and_predicts_no_next_token(minilm: LocalBackend) -> None:
    inspection = minilm.inspect(InspectRequest(NAME, TEXT, attention=True))
    assert inspection.is_special.tolist() == [True, *[False] * 9, True]
    assert np.isfinite(inspection.grid(Measure.ATTENTION_RECEIVED).values[1:]).all()
    assert "no causal unembedding" in (inspection.why_absent(Measure.LENS_CONFIDENCE) or "")
    cell = minilm.cell(CellRequest(NAME, TEXT, 3, 4, attention=True))
    assert cell.attention_from is not None
    np.testing.assert_allclose(cell.attention_from.sum(axis=1), 1, rtol=1e-5)
    with pytest.raises(BadRequest, match="minilm is an encoder"):
        minilm.answer(QuestionRequest(NAME, "Who?"))
