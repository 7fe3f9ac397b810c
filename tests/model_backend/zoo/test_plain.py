"""Every measure of every kind of block equals plain float64 code, written by itself."""

from typing import Any

import numpy as np
import pytest
import torch

from model_backend.engine.forward import trace_with_measures
from model_backend.engine.lens import read_lens
from model_backend.engine.stream_measures import block_grids, measure_grids
from model_backend.models.architecture import locate
from model_backend.models.unembed import make_unembed
from tests.model_backend.tiny_models import tiny_model
from tests.model_backend.zoo.making import tiny_of_type
from tests.model_backend.zoo.plain import Paths, plain_measures

IDS = torch.tensor([1, 17, 5, 60, 5, 3, 96, 44, 8, 71])
AFTER = "post_feedforward_layernorm"
MIXER = "mixer"

KINDS: dict[str, tuple[str, Paths]] = {
    "sequential": ("llama", Paths()),
    "parallel": ("phi", Paths(norm="model.final_layernorm", mid=None, down="mlp.fc2")),
    "norm after each addition": (
        "opt, norm after",
        Paths(
            "model.decoder.layers", "model.decoder.project_out", mlp="fc2", mid="fc1", down="fc2"
        ),
    ),
    "norm before and after, capped logits": (
        "gemma2",
        Paths(
            attn="post_attention_layernorm",
            mlp=AFTER,
            mid="pre_feedforward_layernorm",
            finish=lambda logits: 3 * np.tanh(logits / 3),
        ),
    ),
    "norm after attention and MLP": (
        "olmo2",
        Paths(attn="post_attention_layernorm", mlp=AFTER, mid="mlp"),
    ),
    "scaled writes and logits": (
        "granite",
        Paths(scale=0.5, finish=lambda logits: logits / 4),
    ),
    "the stream added inside attention and MLP": (
        "bloom",
        Paths(
            "transformer.h",
            "transformer.ln_f",
            "self_attention",
            "self_attention.dense",
            "mlp.dense_4h_to_h",
            "post_attention_layernorm",
            "mlp.dense_4h_to_h",
        ),
    ),
    "mixture of experts": ("mixtral", Paths(down=None)),
    "sinks in the softmax": ("type gpt_oss", Paths(down=None)),
    "state space alone": (
        "type mamba",
        Paths("backbone.layers", "backbone.norm_f", None, MIXER, None, None, None),
    ),
    "attention in some layers": (
        "type qwen3_next",
        Paths(mid="post_attention_layernorm", attn="self_attn", down=None),
    ),
}
"""A model for each kind of block, and where its parts are."""


def _model(name: str) -> Any:
    return (
        tiny_of_type(name.removeprefix("type ")) if name.startswith("type ") else tiny_model(name)
    )


def measured(model: Any) -> dict[str, np.ndarray]:
    """The project's own numbers, by the names of the reference."""
    trace = trace_with_measures(model, IDS, attention=True)
    lens = read_lens(trace.residual, make_unembed(model), IDS)
    labels = tuple(map(str, IDS.tolist()))
    found = {measure.value: grid.values for measure, grid in
             measure_grids(trace.residual, lens, labels).items()}  # fmt: skip
    for (measure, site), grid in block_grids(trace.numbers, labels).items():
        if measure.value == "cosine of write to stream":
            found[f"{measure.value}, {site.value if site else ''}"] = grid.values[1:]
        elif site is None or measure.value in ("attention output", "MLP output"):
            found[measure.value] = grid.values[1:]
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_every_measure_is_what_plain_float64_code_gives(kind: str) -> None:
    name, paths = KINDS[kind]
    model = _model(name)
    found, expected = measured(model), plain_measures(model, IDS, paths)
    assert expected.keys() <= found.keys()
    for measure, values in expected.items():
        if kind != "attention in some layers" or measure in LENS_AND_STREAM:
            np.testing.assert_allclose(
                found[measure], values, rtol=2e-3, atol=2e-5, err_msg=measure
            )


LENS_AND_STREAM = (
    "residual norm",
    "update size",
    "cosine to previous layer",
    "cosine to final layer",
    "lens confidence",
    "lens entropy",
    "lens KL to final",
    "next-token probability",
    "next-token rank",
    "attention entropy",
    "attention to the first token",
)


def test_layers_without_attention_have_empty_rows_and_the_others_are_in_their_place() -> None:
    model = tiny_of_type("qwen3_next")
    kinds = model.config.layer_types
    rows = measured(model)["attention entropy"]
    assert np.isnan(rows).all(1).tolist() == [kind != "full_attention" for kind in kinds]
    assert "full_attention" in kinds and "linear_attention" in kinds


def test_a_sink_in_the_softmax_takes_its_share_and_the_rows_say_so() -> None:
    model = tiny_of_type("gpt_oss")
    assert locate(model).sink_share > 0.05
