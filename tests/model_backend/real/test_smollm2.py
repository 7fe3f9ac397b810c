"""What is true of a model that nobody here made: SmolLM2-135M-Instruct, in plain code beside ours.

The plain code is Hugging Face's own model with hooks, and float64 where it matters.
"""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from model_backend import (
    AttributionRequest,
    CellRequest,
    Inspection,
    InspectRequest,
    LocalBackend,
    Measure,
    QuestionRequest,
    Site,
    TokenPart,
    Verdict,
    catalogue,
)
from model_backend.engine.forward import trace_forward
from model_backend.models.loaded import LoadedModel

pytestmark = pytest.mark.slow

NAME = "SmolLM2-135M-Instruct.Q4_1"
TEXT = "The capital of France is"
LONGER = "In 1969 two people walked on the moon. Their names were Neil and Buzz."
LENS = (
    Measure.LENS_CONFIDENCE,
    Measure.LENS_ENTROPY,
    Measure.LENS_KL,
    Measure.NEXT_TOKEN_PROBABILITY,
)


@pytest.fixture(scope="module")
def inspection(smollm2: LocalBackend) -> Inspection:
    return smollm2.inspect(InspectRequest(NAME, LONGER, attention=True))


@pytest.fixture(scope="module")
def heard(opened: LoadedModel, inspection: Inspection) -> dict[str, Any]:
    """What plain hooks on Hugging Face's model hear of the same tokens."""
    heard: dict[str, list[Tensor]] = defaultdict(list)

    def keep(name: str) -> Any:
        def hook(_module: Any, _args: Any, output: Any) -> None:
            heard[name].append((output if isinstance(output, Tensor) else output[0])[0].clone())

        return hook

    model = opened.model
    hooks = [model.model.embed_tokens.register_forward_hook(keep("rows"))]
    for block in model.model.layers:
        hooks.append(block.self_attn.register_forward_hook(keep("attention")))
        hooks.append(block.mlp.register_forward_hook(keep("mlp")))
        hooks.append(block.register_forward_hook(keep("rows")))
    try:
        with torch.inference_mode():
            logits = model(torch.tensor(inspection.token_ids[None])).logits[0]
    finally:
        for hook in hooks:
            hook.remove()
    return {"logits": logits, **{name: torch.stack(kept) for name, kept in heard.items()}}


def values(inspection: Inspection, measure: Measure, site: Site | None = None) -> np.ndarray:
    return inspection.grid(measure, site).values


def test_the_capital_of_france_is_paris(smollm2: LocalBackend, opened: LoadedModel) -> None:
    inspection = smollm2.inspect(InspectRequest(NAME, TEXT))
    assert opened.tokenizer.decode(inspection.top_ids[-1, -1, 0]) == " Paris"
    assert inspection.top_probs[-1, -1, 0] > 0.5


def test_the_first_token_is_a_norm_sink(inspection: Inspection) -> None:
    norms = values(inspection, Measure.RESIDUAL_NORM)
    ratio = norms[:, 0] / np.median(norms, axis=1)
    assert inspection.is_sink.tolist() == [True] + [False] * (len(inspection.token_ids) - 1)
    assert (ratio > 10).sum() > 10 and ratio.max() > 100


def test_the_last_row_unembeds_to_the_models_own_logits(
    opened: LoadedModel, inspection: Inspection, heard: dict[str, Any]
) -> None:
    trace = trace_forward(opened.model, torch.tensor(inspection.token_ids))
    with torch.inference_mode():
        logits = opened.unembed(trace.residual[-1])
    assert_close(logits, heard["logits"], rtol=1e-5, atol=1e-4)


def test_norms_and_writes_are_those_that_plain_hooks_hear(
    inspection: Inspection, heard: dict[str, Any]
) -> None:
    for measure, rows in (
        (Measure.RESIDUAL_NORM, heard["rows"]),
        (Measure.ATTENTION_OUTPUT, heard["attention"]),
        (Measure.MLP_OUTPUT, heard["mlp"]),
    ):
        norms = values(inspection, measure)[-len(rows) :]
        np.testing.assert_allclose(norms, rows.norm(dim=-1), rtol=1e-3, err_msg=measure)


def test_the_rows_add_up(
    heard: dict[str, Any], opened: LoadedModel, inspection: Inspection
) -> None:
    ids = torch.tensor(inspection.token_ids)
    trace = trace_forward(opened.model, ids, inside=(Site.ATTN_OUT, Site.MLP_OUT))
    written = trace.inside[Site.ATTN_OUT] + trace.inside[Site.MLP_OUT]
    update = trace.residual[1:] - trace.residual[:-1]
    off = (written - update).norm(dim=-1) / update.norm(dim=-1)
    assert off.max() < 1e-3
    assert torch.equal(trace.residual, heard["rows"])


def test_attention_is_that_of_the_models_own_eager_pass(
    smollm2: LocalBackend, opened: LoadedModel, inspection: Inspection
) -> None:
    ids = inspection.token_ids
    opened.model.set_attn_implementation("eager")
    try:
        with torch.inference_mode():
            given = opened.model(torch.tensor(ids[None]), output_attentions=True).attentions
    finally:
        opened.model.set_attn_implementation("sdpa")
    bits = torch.stack([-torch.special.xlogy(each[0], each[0]).sum(-1).mean(0) for each in given])
    entropy = values(inspection, Measure.ATTENTION_ENTROPY)[1:]
    np.testing.assert_allclose(entropy, bits / np.log(2), atol=1e-4)
    cell = smollm2.cell(CellRequest(NAME, LONGER, 12, 9, attention=True))
    assert cell.attention_from is not None
    np.testing.assert_allclose(
        np.nan_to_num(cell.attention_from), given[11][0, :, 9], rtol=0, atol=1e-5
    )


@torch.inference_mode()
def test_the_lens_is_that_of_plain_float64_code(
    opened: LoadedModel, inspection: Inspection, heard: dict[str, Any]
) -> None:
    norm, matrix = opened.model.model.norm, opened.model.lm_head.weight.double()
    ids = torch.tensor(inspection.token_ids)
    meant: dict[Measure, list[Tensor]] = defaultdict(list)
    final = _log_probs(heard["rows"][-1], norm, matrix)
    following = torch.cat([ids[1:], final[-1:].argmax(-1)]).long()
    for row in heard["rows"]:
        log_probs = _log_probs(row, norm, matrix)
        probs = log_probs.exp()
        meant[Measure.LENS_CONFIDENCE].append(probs.amax(-1))
        meant[Measure.LENS_ENTROPY].append(-(probs * log_probs).sum(-1) / np.log(2))
        kl = (final.exp() * (final - log_probs)).sum(-1) / np.log(2)
        meant[Measure.LENS_KL].append(kl)
        meant[Measure.NEXT_TOKEN_PROBABILITY].append(probs.gather(1, following[:, None])[:, 0])
    for measure in LENS:
        expected = torch.stack(meant[measure])
        np.testing.assert_allclose(
            values(inspection, measure), expected, rtol=1e-3, atol=1e-4, err_msg=measure
        )


def _log_probs(row: Tensor, norm: Any, matrix: Tensor) -> Tensor:
    """The logit lens of one row, written down plainly."""
    exact = row.double()
    scale = (exact.square().mean(-1, keepdim=True) + norm.variance_epsilon).rsqrt()
    return (exact * scale * norm.weight.double() @ matrix.T).log_softmax(-1)


def test_a_question_goes_through_the_models_template_and_begins_once(
    smollm2: LocalBackend, opened: LoadedModel
) -> None:
    question = QuestionRequest(
        NAME, "What is the capital of France?", right_answers=("Paris",), max_new_tokens=24
    )
    answer = smollm2.answer(question)
    assert answer.has_template
    assert answer.prompt.startswith("<|im_start|>system\nYou are a helpful AI assistant")
    assert answer.prompt.endswith("of France?<|im_end|>\n<|im_start|>assistant\n")
    start = opened.tokenizer.convert_tokens_to_ids("<|im_start|>")
    prompt = list(answer.token_ids[: answer.n_prompt])
    assert prompt[0] == start and prompt[1] != start
    assert prompt.count(start) == answer.prompt.count("<|im_start|>") == 3
    assert opened.tokenizer.decode(prompt) == answer.prompt
    assert (
        "".join(
            text
            for text, part in zip(answer.token_texts, answer.parts, strict=True)
            if part is TokenPart.QUESTION
        )
        == "What is the capital of France?"
    )
    assert answer.judgement is not None and answer.judgement.verdict is Verdict.RIGHT


def test_its_folder_form_gives_the_same_numbers(
    opened: LoadedModel, inspection: Inspection, tmp_path: Path
) -> None:
    folder = tmp_path / "smollm2"
    opened.model.save_pretrained(folder)
    opened.tokenizer.save_pretrained(folder)
    backend = LocalBackend(catalogue([str(folder)]), device="cpu")
    again = backend.inspect(InspectRequest("smollm2", LONGER, attention=True))
    assert again.token_ids.tolist() == inspection.token_ids.tolist()
    assert again.dtype == "float32" and inspection.dtype == "float32 (stored as Q4_1 and Q8_0)"
    for measure, grid in inspection.grids.items():
        np.testing.assert_array_equal(again.grids[measure].values, grid.values, err_msg=measure)
    np.testing.assert_array_equal(again.top_ids, inspection.top_ids)
    np.testing.assert_array_equal(again.top_probs, inspection.top_probs)


def test_what_all_layers_wrote_adds_up_to_the_logit_difference(smollm2: LocalBackend) -> None:
    inspection = smollm2.inspect(InspectRequest(NAME, TEXT))
    first, second = (int(one) for one in inspection.top_ids[-1, -1, :2])
    asked = AttributionRequest(NAME, len(inspection.token_ids) - 1, first, second, text=TEXT)
    found = smollm2.attribution(asked)
    pair = Measure("logit difference", token=first, other=second)
    grid = smollm2.inspect(InspectRequest(NAME, TEXT, measures=[pair])).grid(pair)
    np.testing.assert_allclose(found.difference, grid.values[:, -1], atol=1e-3)
    assert found.difference[-1] == pytest.approx(
        np.log(inspection.top_probs[-1, -1, 0] / inspection.top_probs[-1, -1, 1]), abs=1e-3
    )
    written = np.abs(found.attention).sum() + np.abs(found.mlp).sum()
    assert written > 1 and abs(found.rest) < 1e-3 * float(written)
