"""From a request to a map: steps, cells, bad input, and hooks that are gone after each of them."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from model_backend.answering.prompts import prompt_for
from model_backend.api.errors import BackendError, BadRequest, UnsoundActivations
from model_backend.api.patching import PatchRequest, PatchSetup, PatchSite
from model_backend.engine.forward import trace_forward
from model_backend.engine.patching import prepare as preparing
from model_backend.engine.patching import setup as setting_up
from model_backend.engine.patching.rows import RowMaker
from model_backend.engine.patching.run import open_cell, patch_steps, patch_whole, set_up
from model_backend.models.loaded import LoadedModel
from model_backend.models.unembed import make_unembed
from tests.model_backend.answering.word_model import word_model
from tests.model_backend.engine.patching.patched import A, B, loaded_model
from tests.model_backend.tiny_models import ENCODERS, build_model

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
ANSWERS: dict[str, Any] = {"answer_a": " w8", "answer_b": " w30"}
IDS = torch.tensor([1, 17, 5, 60, 5, 3])


@pytest.fixture(scope="module")
def loaded() -> LoadedModel:
    return loaded_model("llama")


@pytest.fixture(autouse=True)
def a_fresh_pass_afterwards(loaded: LoadedModel) -> Iterator[None]:
    before = trace_forward(loaded.model, IDS).residual
    yield
    assert torch.equal(trace_forward(loaded.model, IDS).residual, before)
    assert not any(hooks(loaded.model))
    assert not any("forward" in vars(module) for module in loaded.model.modules())


def hooks(model: nn.Module) -> Iterator[Any]:
    for module in model.modules():
        yield module._forward_hooks or module._forward_pre_hooks


def problem(loaded: LoadedModel, a: str, b: str, **options: Any) -> str:
    return set_up(loaded, PatchRequest("tiny", a, b, **{**ANSWERS, **options})).problem


def setup_of(loaded: LoadedModel, a: str = A, b: str = B, **options: Any) -> PatchSetup:
    return set_up(loaded, PatchRequest("tiny", a, b, **{**ANSWERS, **options}))


def test_a_map_begins_with_an_estimate_and_becomes_exact_row_by_row(loaded: LoadedModel) -> None:
    steps = list(patch_steps(loaded, PatchRequest("tiny", A, B, **ANSWERS)))
    exact = [int(one.is_exact.sum()) for one in steps]
    assert exact == sorted(set(exact))
    assert (exact[0], exact[-1]) == (0, 4)
    first, last = steps[0], steps[-1]
    assert np.isfinite(first.values).all()
    assert np.isnan(first.effect).all()
    assert last.is_whole
    assert last.row_labels == ("embed", "1", "2", "3")
    assert (
        last.column_labels
        == tuple(f" {word}" for word in A.split())[:0] + setup_of(loaded).tokens_b
    )
    assert last.agreement[0] > 0.5
    gap = last.setup.gap
    np.testing.assert_allclose(last.effect, (last.metric - last.setup.metric_b) / gap, atol=1e-4)


def test_an_opened_cell_predicts_what_the_map_says(loaded: LoadedModel) -> None:
    request = PatchRequest("tiny", A, B, **ANSWERS)
    found, cell = patch_whole(loaded, request), open_cell(loaded, request, 1, 2)
    known = {one.token_id: one.probability for one in cell.predictions}
    first = found.setup.answers[0]
    if first.token_id in known:
        assert known[first.token_id] == pytest.approx(found.probabilities[1, 2, 0], abs=1e-4)
    assert len(cell.predictions) == len(cell.before) == 10
    assert cell.likeliest_before[0].token_id == found.setup.likeliest_b[0].token_id
    with pytest.raises(BadRequest, match="no column 7"):
        open_cell(loaded, request, 1, 7)


def test_questions_go_through_the_template_as_in_ask(loaded: LoadedModel) -> None:
    request = PatchRequest("tiny", A, B, form="question", **ANSWERS)
    texts = preparing.run_texts(loaded, request)
    assert texts.a.ids == prompt_for(loaded, A).token_ids
    assert texts.b[0].ids == prompt_for(loaded, B).token_ids
    found = patch_whole(loaded, request)
    assert found.is_whole
    assert found.effect.shape[1] == len(texts.b[0].ids) > 7
    with pytest.raises(BadRequest, match="'poem' is none of: text, question"):
        replace(request, form="poem")


@pytest.mark.parametrize("site", list(PatchSite))
@pytest.mark.parametrize("way", ["zero", "mean"])
def test_a_knock_out_says_how_many_logits_a_cell_gives(
    loaded: LoadedModel, site: str, way: str
) -> None:
    found = patch_whole(loaded, PatchRequest("tiny", A, site=site, way=way, **ANSWERS))
    assert found.unit == "logits"
    assert found.is_whole
    assert np.isfinite(found.effect).all()
    np.testing.assert_allclose(found.effect, found.setup.metric_a - found.metric, atol=1e-4)


def test_by_kl_a_cell_that_brings_all_back_has_an_effect_of_1(loaded: LoadedModel) -> None:
    found = patch_whole(loaded, PatchRequest("tiny", A, B, metric="KL", **ANSWERS))
    assert found.effect[-1, -1] == pytest.approx(1.0, abs=1e-4)
    assert found.setup.metric_a == 0
    assert found.setup.metric_b > 0


def test_texts_of_different_lengths_need_pairs_and_what_has_no_partner_has_no_value(
    loaded: LoadedModel,
) -> None:
    longer = B.replace(" w33", " w33 w34")
    assert problem(loaded, A, longer).startswith("Text A has 7 tokens and text B 8.")
    proposed = setup_of(loaded, A, longer).pairs
    assert proposed == ((0, 0), (1, 1), (2, 3), (3, 4), (4, 5), (5, 6), (6, 7))
    with pytest.raises(BadRequest, match="7 tokens and text B 8"):
        patch_whole(loaded, PatchRequest("tiny", A, longer, **ANSWERS))
    found = patch_whole(loaded, PatchRequest("tiny", A, longer, pairs=proposed, **ANSWERS))
    assert np.isnan(found.effect[:, 2]).all()
    assert np.isfinite(np.delete(found.effect, 2, axis=1)).all()
    assert found.effect[-1, -1] == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize(
    ("a", "b", "options", "sentence"),
    [
        (A, A, {}, "Both texts are the same tokens"),
        (A, B, {"answer_b": " w8"}, "Both answers begin with the same token"),
        (" w4", " w5", {}, "Text A is a single token"),
    ],
)
def test_what_would_give_no_map_is_said_before_it_is_made(
    loaded: LoadedModel, a: str, b: str, options: dict[str, str], sentence: str
) -> None:
    assert sentence in problem(loaded, a, b, **options)
    with pytest.raises(BadRequest, match=sentence):
        patch_whole(loaded, PatchRequest("tiny", a, b, **{**ANSWERS, **options}))


def test_a_gap_of_next_to_nothing_is_refused_with_its_numbers(loaded: LoadedModel) -> None:
    texts = preparing.run_texts(loaded, PatchRequest("tiny", A, B, **ANSWERS))
    shares = texts.a.logits.softmax(-1) + texts.b[0].logits.softmax(-1)
    rare = loaded.tokenizer.convert_ids_to_tokens(7 + int(shares[7:70].argmin()))
    said = problem(loaded, A, B, metric="probability", answer_a=rare)
    assert "every cell would be noise" in said
    assert "a gap of" in said


def test_texts_too_long_are_refused_with_their_cost(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setting_up, "MOST_TOKENS", 6)
    said = problem(loaded, A, B)
    assert "7 tokens has 28 cells and would take about" in said
    assert "up to 256 MB beside the model" in said
    assert "Patch takes 6 tokens at most" in said


def test_an_encoder_is_refused_in_a_sentence() -> None:
    encoder = word_model(ENCODERS[0])
    with pytest.raises(BackendError, match="is an encoder"):
        set_up(encoder, PatchRequest("tiny", A, B))


def test_an_answer_of_several_tokens_counts_by_its_first(loaded: LoadedModel) -> None:
    found = setup_of(loaded, answer_a=" w8 w9")
    assert found.answers[0].text == " w8"
    assert "is 2 tokens for tiny; it counts by the first, “w8”" in found.notes[0]


def test_the_cost_is_known_before_and_cells_that_cannot_matter_are_not_run(
    loaded: LoadedModel,
) -> None:
    cost = setup_of(loaded).cost
    assert cost.cells == 4 * 7
    assert cost.runs == 2 + 5 + 5 + 1
    assert cost.seconds > 0
    assert cost.bytes > 0


def test_numbers_that_overflow_are_refused_in_a_sentence() -> None:
    model = build_model("llama")
    wide = replace(word_model("llama"), model=model, unembed=make_unembed(model))
    with torch.no_grad():
        model.model.layers[-1].mlp.down_proj.weight.mul_(torch.inf)
    with pytest.raises(UnsoundActivations, match="not finite"):
        patch_whole(wide, PatchRequest("tiny", A, B, **ANSWERS))
    assert not any(hooks(model))


def test_half_precision_that_overflows_is_refused_in_a_sentence_and_leaves_no_hook() -> None:
    model = deepcopy(word_model("llama").model).half()
    half = replace(word_model("llama"), model=model, unembed=make_unembed(model))
    found = patch_whole(half, PatchRequest("tiny", A, B, **ANSWERS))
    assert np.isfinite(found.effect).all()
    with torch.no_grad():
        model.model.layers[-1].mlp.down_proj.weight.fill_(6e4)
    with pytest.raises(UnsoundActivations, match="not finite"):
        patch_whole(half, PatchRequest("tiny", A, B, **ANSWERS))
    assert not any(hooks(model))
    assert not any("forward" in vars(module) for module in model.modules())


def test_a_patched_cell_alone_that_overflows_names_its_layer(loaded: LoadedModel) -> None:
    request = PatchRequest("tiny", A, B, **ANSWERS)
    prepared = preparing.prepare(preparing.run_texts(loaded, request), request)
    patching = prepared.patchings[0]
    donors = patching.donors.clone()
    donors[2, 3] = torch.inf
    broken = replace(prepared, patchings=(replace(patching, donors=donors),))
    with pytest.raises(UnsoundActivations, match="With cells of layer 2 patched"):
        RowMaker(loaded, broken).make([2])


def test_a_failure_in_the_middle_of_a_row_leaves_no_hook(
    loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = patch_steps(loaded, PatchRequest("tiny", A, B, site="heads", **ANSWERS))
    next(steps)
    original = type(loaded.model.model.layers[-1].mlp).forward

    def fails(*_: Any) -> None:
        raise ValueError("no")

    monkeypatch.setattr(type(loaded.model.model.layers[-1].mlp), "forward", fails)
    with pytest.raises(BackendError, match="failed over this text"):
        next(steps)
    monkeypatch.setattr(type(loaded.model.model.layers[-1].mlp), "forward", original)


def test_a_map_given_up_in_the_middle_leaves_no_hook(loaded: LoadedModel) -> None:
    steps: Any = patch_steps(loaded, PatchRequest("tiny", A, B, site="heads", window=3, **ANSWERS))
    next(steps)
    next(steps)
    steps.close()
    assert not any(hooks(loaded.model))
    assert not any("forward" in vars(module) for module in loaded.model.modules())


def test_noise_is_drawn_for_chosen_tokens_alone(loaded: LoadedModel) -> None:
    request = PatchRequest("tiny", A, way="noised tokens", noised=[2, 1, 2], **ANSWERS)
    texts = preparing.run_texts(loaded, request)
    moved = (texts.b[0].residual[0] - texts.a.residual[0]).abs().amax(-1)
    assert (moved > 0).nonzero().flatten().tolist() == [1, 2]
    assert len(texts.b) == 10
    with pytest.raises(BadRequest, match="there is no token 7"):
        preparing.run_texts(loaded, replace(request, noised=[7]))
