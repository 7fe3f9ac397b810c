"""Laws of patching, on tiny models of many kinds, and plain hooks beside the fast way."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from model_backend.api.errors import BadRequest
from model_backend.api.patching import PatchMetric, PatchRequest, PatchSite, PatchWay
from model_backend.engine.forward import trace_forward
from model_backend.engine.patching.cells import replacing, run_rows
from model_backend.engine.patching.layout import whole_sequences
from model_backend.engine.patching.readings import Reader
from model_backend.engine.patching.rows import RowMaker
from model_backend.engine.patching.run import patch_whole, set_up
from model_backend.engine.patching.texts import read_last
from model_backend.models.unembed import make_unembed
from tests.model_backend.answering.word_model import word_model
from tests.model_backend.engine.patching.patched import (
    FAMILIES,
    FIRST_DIFFERENT,
    A,
    B,
    loaded_model,
    plain_rows,
    prepared,
    rows,
)
from tests.model_backend.zoo.making import tiny_of_type

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
TOLERANCE = 1e-4


@pytest.mark.parametrize("site", list(PatchSite))
@pytest.mark.parametrize("variant", FAMILIES)
def test_every_cell_equals_a_whole_pass_with_a_plain_hook(variant: str, site: PatchSite) -> None:
    found = prepared(variant, site=site.value)
    assert abs(found.gap) > 0.1
    assert_close(rows(variant, found), plain_rows(variant, found), atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("variant", FAMILIES)
def test_the_stream_of_a_text_obeys_causality_and_ends_at_the_last_token(variant: str) -> None:
    effect = rows(variant, prepared(variant))
    zero = torch.zeros_like(effect)
    assert_close(effect[-1, -1], torch.tensor(1.0), atol=TOLERANCE, rtol=0)
    assert_close(effect[-1, :-1], zero[-1, :-1], atol=1e-6, rtol=0)
    assert_close(effect[:, :FIRST_DIFFERENT], zero[:, :FIRST_DIFFERENT], atol=1e-6, rtol=0)
    same = [at for at, (a, b) in enumerate(zip(A.split(), B.split(), strict=True)) if a == b]
    assert_close(effect[0, same], zero[0, same], atol=1e-6, rtol=0)
    assert effect[1:-1, FIRST_DIFFERENT:].abs().max() > 0.01


@pytest.mark.parametrize("variant", FAMILIES)
def test_a_text_into_itself_changes_nothing(variant: str) -> None:
    found = prepared(variant, b=A, answer_a=" w8", answer_b=" w9")
    maker = RowMaker(loaded_model(variant), found)
    for row in found.patchings[0].rows:
        assert not maker.cells_to_run(row)
    layout = whole_sequences(found.parts, found.texts.a.ids, range(found.columns))
    moved = [
        found.reader.measure(
            read_last(maker._unembed, run_rows(found.patchings[0], [row], layout)[0])
        )
        for row in found.patchings[0].rows
    ]
    own = found.reading_a.metric.expand(found.columns)
    for metric in moved:
        assert_close(metric, own, atol=1e-5 * (1 + float(own.abs().max())), rtol=1e-5)


@pytest.mark.parametrize("variant", FAMILIES)
def test_all_positions_of_a_row_together_bring_everything_back(variant: str) -> None:
    found = prepared(variant)
    patching = found.patchings[0]
    layout = whole_sequences(found.parts, patching.base.ids, [0])
    with torch.inference_mode():
        for row in patching.rows:
            states = patching.donors[row][None]
            for layer in range(row, found.parts.n_layers):
                states = layout.run(layer, states[None])[0]
            metric = found.reader.measure(read_last(RowMaker(loaded_model(variant), found)._unembed,
                                                    states[:, -1]))  # fmt: skip
            assert_close(found.effect(metric), torch.ones(1), atol=TOLERANCE, rtol=0)


def test_a_model_whose_layers_read_tokens_beside_the_stream_is_refused() -> None:
    model = tiny_of_type("gemma4_text")
    loaded = replace(word_model("llama"), model=model, unembed=make_unembed(model))
    request = PatchRequest("tiny", A, B, " w8", " w30")
    assert "read the tokens beside the stream" in set_up(loaded, request).problem
    with pytest.raises(BadRequest, match="beside the stream"):
        patch_whole(loaded, request)
    usual = set_up(loaded_model("llama"), request)
    assert usual.problem == ""


@pytest.mark.parametrize("variant", FAMILIES)
def test_a_patched_cell_changes_its_row_there_only_and_later_rows_from_there_on(
    variant: str,
) -> None:
    found = prepared(variant)
    patching, row, cell = found.patchings[0], 2, 3
    base = patching.base.residual

    def put_in(states: torch.Tensor) -> torch.Tensor:
        changed = states.clone()
        changed.view(-1, base.shape[-1])[cell] = patching.donors[row, cell]
        return changed

    with replacing(found.parts.blocks[row - 1], put_in):
        patched = trace_forward(loaded_model(variant).model, torch.tensor(patching.base.ids))
    moved = (patched.residual - base).abs().amax(-1) / base.abs().amax((1, 2))[:, None]
    assert moved[:row].max() == 0
    assert moved[row:, :cell].max() < 1e-4
    assert moved[row, cell + 1 :].max() == 0
    assert moved[row:, cell].min() > 0
    assert moved[row + 1 :, cell + 1 :].max() > 0


@pytest.mark.parametrize("site", list(PatchSite))
@pytest.mark.parametrize("variant", FAMILIES)
def test_a_cell_alone_equals_it_among_others(variant: str, site: PatchSite) -> None:
    found = prepared(variant, site=site.value)
    effect, maker = rows(variant, found), RowMaker(loaded_model(variant), found)
    for row, column in ((2, 1), (1, found.columns - 1)):
        alone = found.effect(found.reader.measure(maker.logits(row, column)[None]))
        at = row - found.patchings[0].first_row
        assert_close(alone[0], effect[at, column], atol=TOLERANCE, rtol=0)
    assert_close(rows(variant, found, budget=1), effect, atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("metric", list(PatchMetric)[:2])
@pytest.mark.parametrize("variant", FAMILIES)
def test_taking_away_from_a_equals_bringing_back_in_the_texts_exchanged(
    variant: str, metric: PatchMetric
) -> None:
    away = prepared(variant, way=PatchWay.NOISING.value, metric=metric.value)
    back = prepared(variant, a=B, b=A)
    # The same metric: A's answer is now B's, and a smaller metric counts as more.
    reader = Reader(metric, away.texts.answers.ids, away.reader.of_a)
    back = type(back)(
        back.texts, reader, away.reading_b, away.reading_a, back.way, back.site, back.patchings
    )
    assert_close(rows(variant, away), rows(variant, back), atol=TOLERANCE, rtol=0)


@pytest.mark.parametrize("site", [PatchSite.RESID_POST, PatchSite.MLP_OUT, PatchSite.HEADS])
def test_a_window_as_wide_as_the_model_is_the_same_for_every_row(site: PatchSite) -> None:
    effect = rows("llama", prepared("llama", site=site.value, window=7))
    assert_close(effect, effect[:1].expand_as(effect), atol=TOLERANCE, rtol=0)
    narrow = rows("llama", prepared("llama", site=site.value, window=3))
    assert not torch.allclose(narrow, effect, atol=1e-3)


@pytest.mark.parametrize("variant", ["llama", "opt, norm after", "gpt_neox"])
def test_a_write_set_to_zero_is_a_block_without_it(variant: str) -> None:
    found = prepared(variant, way=PatchWay.ZERO.value, site=PatchSite.MLP_OUT.value)
    assert_close(
        found.reading_a.metric - rows(variant, found)[-1, -1],
        _without_last_mlp(variant, found),
        atol=1e-3,
        rtol=1e-4,
    )


def _without_last_mlp(variant: str, found: object) -> torch.Tensor:
    from typing import Any

    of: Any = found
    model: Any = loaded_model(variant).model
    module = of.parts.mlp_outs[-1]
    hook = module.register_forward_hook(lambda _, __, output: output * 0)
    try:
        with torch.inference_mode():
            logits = model(input_ids=torch.tensor(of.texts.a.ids)[None], use_cache=False).logits
    finally:
        hook.remove()
    return of.reader.measure(logits[:, -1])


def test_noise_is_the_same_for_every_cell_and_restoring_all_its_row_0_brings_all_back() -> None:
    found = prepared("llama", way=PatchWay.GAUSSIAN.value, noised=[2])
    assert len(found.patchings) == 10
    effect = rows("llama", found)
    assert_close(effect[0, 2], torch.tensor(1.0), atol=TOLERANCE, rtol=0)
    assert not effect[:, :2].any() and not effect[0, 3:].any()
    assert_close(effect, rows("llama", found), atol=0, rtol=0)
